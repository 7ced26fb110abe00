package dev.ayni.studio;

import dev.ayni.engine.machine.MachineLimits;
import java.io.PrintStream;
import java.util.Locale;

/** A bench's result as an SVG picture: how fast, and how far from what the machine allows. */
final class BenchPicture {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 300;
    private static final int LEFT = 150;
    private static final int RIGHT = WIDTH - 130;
    private static final int BAR = 26;

    private BenchPicture() {}

    static void draw(BenchResult result, PrintStream out) {
        out.printf(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"system-ui, sans-serif\" font-size=\"13\">%n",
                WIDTH, HEIGHT, WIDTH, HEIGHT);
        out.printf("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>%n", WIDTH, HEIGHT);
        text(out, 20, 28, "start", "#1f2933", 16, result.model());
        text(
                out,
                20,
                48,
                "start",
                "#52606d",
                12,
                "%s, %d threads; depth %d, batch %d"
                        .formatted(
                                result.kernels(),
                                result.threads(),
                                result.task().depth(),
                                result.task().batch()));
        MachineLimits limits = result.limits();
        pair(
                out,
                80,
                new String[] {"generating", "the memory's bound"},
                BenchResult.best(result.decode()),
                limits.bandwidth() / result.bytesPerStep() * result.task().batch(),
                String.format(
                        Locale.ROOT,
                        "generating reads %.1f GB/s of the %.1f GB/s that this memory gives",
                        result.bandwidthShare() * limits.bandwidth() / 1e9,
                        limits.bandwidth() / 1e9));
        pair(
                out,
                190,
                new String[] {"reading", "the kernels' bound"},
                BenchResult.best(result.prefill()),
                limits.multiplyRate() / result.operationsPerToken(),
                "reading makes %.0f of the %.0f billion operations/s that these kernels reach in caches"
                        .formatted(result.multiplyShare() * limits.multiplyRate() / 1e9, limits.multiplyRate() / 1e9));
        out.println("</svg>");
    }

    /** What was reached and what bounds it, on one scale; nothing where nothing was measured. */
    private static void pair(PrintStream out, int y, String[] names, double reached, double bound, String explanation) {
        if (reached == 0) {
            return;
        }
        double scale = Math.max(reached, bound);
        bar(out, y, names[0], reached, scale, "#2f855a");
        bar(out, y + 34, names[1], bound, scale, "#cbd5e0");
        text(out, LEFT, y + 80, "start", "#52606d", 12, "%s: %.0f %%".formatted(explanation, 100 * reached / bound));
    }

    private static void bar(PrintStream out, int y, String name, double value, double scale, String colour) {
        double length = scale == 0 ? 0 : (RIGHT - LEFT) * value / scale;
        text(out, LEFT - 10, y + 18, "end", "#1f2933", 13, name);
        out.printf(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                LEFT,
                y,
                length,
                BAR,
                colour);
        text(
                out,
                (int) (LEFT + length + 8),
                y + 18,
                "start",
                "#1f2933",
                13,
                String.format(Locale.ROOT, "%.1f tokens/s", value));
    }

    private static void text(PrintStream out, int x, int y, String anchor, String colour, int size, String text) {
        out.printf(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" fill=\"%s\" font-size=\"%d\">%s</text>%n",
                x,
                y,
                anchor,
                colour,
                size,
                text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
    }
}
