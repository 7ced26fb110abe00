package dev.ayni.studio;

import java.io.PrintStream;
import java.util.Locale;

/** A bench's result as an SVG picture: how fast, and how far from what the memory allows. */
final class BenchPicture {
    private static final int WIDTH = 640;
    private static final int LEFT = 150;
    private static final int RIGHT = WIDTH - 130;
    private static final int BAR = 26;

    private BenchPicture() {}

    static void draw(BenchResult result, PrintStream out) {
        double decode = BenchResult.best(result.decode());
        double bound =
                result.bandwidth() / result.bytesPerStep() * result.task().batch();
        double prefill = BenchResult.best(result.prefill());
        out.printf(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"236\" viewBox=\"0 0 %d 236\" font-family=\"system-ui, sans-serif\" font-size=\"13\">%n",
                WIDTH, WIDTH);
        out.printf("<rect width=\"%d\" height=\"236\" fill=\"#ffffff\"/>%n", WIDTH);
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
        double scale = Math.max(decode, bound);
        bar(out, 80, "generating", decode, scale, "#2f855a");
        bar(out, 114, "the memory's bound", bound, scale, "#cbd5e0");
        if (prefill > 0) { // bound by arithmetic, and so on no common scale
            text(out, LEFT - 10, 172, "end", "#1f2933", 13, "reading");
            text(out, LEFT, 172, "start", "#1f2933", 13, String.format(Locale.ROOT, "%.1f tokens/s", prefill));
        }
        text(
                out,
                20,
                214,
                "start",
                "#52606d",
                12,
                String.format(
                        Locale.ROOT,
                        "generating reads %.1f GB/s of the %.1f GB/s that this memory gives: %.0f %%",
                        result.bandwidthShare() * result.bandwidth() / 1e9,
                        result.bandwidth() / 1e9,
                        100 * result.bandwidthShare()));
        out.println("</svg>");
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
