package dev.ayni.tensor.foreign;

import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.LargePages;
import dev.ayni.tensor.Workers;
import dev.ayni.tensor.strips.Layout;
import dev.ayni.tensor.strips.PackedTensor;
import dev.ayni.tensor.strips.Packing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Copies quantised weights into strips: in C where the type has a layout of its own and its scales are numbers. */
final class Placing {
    /** Strips that a thread copies at a time. */
    private static final int GRAIN = 16;

    private final Kernel pack;
    private final Task task = new Task();

    Placing(NativeLibrary library, InstructionSet set) {
        pack = library.kernel(set, "pack");
    }

    PackedTensor place(HostTensor host, Work work, Workers workers) {
        Layout layout = Layout.of(host.type());
        if (layout == null || !host.data().isNative()) {
            return Packing.pack(host, workers);
        }
        int width = Math.toIntExact(host.size(host.rank() - 1));
        int groups = width / 32;
        long rows = host.values() / width;
        long rowBytes = host.type().bytes(width);
        long stripBytes = layout.stripBytes(groups);
        Arena arena = Arena.ofShared();
        MemorySegment data = LargePages.allocate(arena, Math.max(1, Packing.strips(host) * stripBytes));
        boolean finite = Packing.inSlices(host, (first, last) -> {
            task.begin()
                    .add(host.type().ggmlId())
                    .add(host.data().address() + first * Layout.ROWS * rowBytes)
                    .add(rows - first * Layout.ROWS)
                    .add(groups);
            task.add(data.address() + first * stripBytes).add(stripBytes);
            long notFinite = task.room();
            work.run(pack, task.address(), last - first, GRAIN);
            return task.field(notFinite) == 0;
        });
        if (!finite) {
            arena.close();
            return Packing.pack(host, workers);
        }
        return new PackedTensor(host.type(), layout, data, 0, arena, host.shape());
    }

    void free() {
        task.free();
    }
}
