package dev.ayni.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Memory for tensors outside the Java heap, aligned to 64 bytes and zeroed, large ones on large pages. Released memory is kept for the next tensor of
 * the same size, up to a limit: mapping fresh pages costs more than filling old ones with zeros.
 */
final class HostMemory implements AutoCloseable {
    private static final long KEPT_BYTES = 64L << 20;

    private record Block(Arena arena, MemorySegment data) {}

    private final IdentityHashMap<HostTensor, Block> used = new IdentityHashMap<>();
    private final Map<Long, Deque<Block>> free = new HashMap<>();
    private long freeBytes;

    HostTensor allocate(DType type, long... shape) {
        long values = 1;
        for (long size : shape) {
            values = Math.multiplyExact(values, size);
        }
        long bytes = type.bytes(values);
        Block block = takeFree(bytes);
        if (block == null) {
            Arena arena = Arena.ofShared();
            block = new Block(arena, LargePages.allocate(arena, bytes));
        }
        HostTensor tensor = new HostTensor(type, block.data, shape);
        used.put(tensor, block);
        return tensor;
    }

    private @Nullable Block takeFree(long bytes) {
        Deque<Block> blocks = free.get(bytes);
        Block block = blocks == null ? null : blocks.poll();
        if (block != null) {
            freeBytes -= bytes;
            block.data.fill((byte) 0);
        }
        return block;
    }

    /** Takes a tensor's memory back; does nothing if it is not from here. */
    void release(Tensor tensor) {
        Block block = tensor instanceof HostTensor host ? used.remove(host) : null;
        if (block == null) {
            return;
        }
        long bytes = block.data.byteSize();
        if (freeBytes + bytes > KEPT_BYTES) {
            block.arena.close();
            return;
        }
        freeBytes += bytes;
        free.computeIfAbsent(bytes, size -> new ArrayDeque<>()).push(block);
    }

    /** Whether the tensor's memory is from here. */
    boolean owns(Tensor tensor) {
        return tensor instanceof HostTensor host && used.containsKey(host);
    }

    @Override
    public void close() {
        used.values().forEach(block -> block.arena.close());
        free.values().forEach(blocks -> blocks.forEach(block -> block.arena.close()));
        used.clear();
        free.clear();
    }
}
