package dev.ayni.studio;

import dev.ayni.engine.quantization.Comparison;
import dev.ayni.engine.quantization.Quantization;
import dev.ayni.tensor.DType;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/**
 * What quantising cost a model: as text, as JSON, and as an SVG picture.
 *
 * @param text what the text is called on which both were compared
 */
record QuantizationReport(
        String before,
        String after,
        String type,
        long bytesBefore,
        Quantization.Result result,
        String text,
        Comparison comparison) {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 290;
    private static final int LEFT = 150;
    private static final int RIGHT = WIDTH - 110;

    void print(PrintStream out) {
        out.println(String.format(
                Locale.ROOT,
                "perplexity %.4f -> %.4f (%+.2f %%), KL divergence %.6f on average, 99 %% up to %.4f, largest %.4f;"
                        + " same best token %.2f %% (%d predictions)",
                comparison.perplexityBefore(),
                comparison.perplexityAfter(),
                100 * (comparison.perplexityAfter() / comparison.perplexityBefore() - 1),
                comparison.divergence(),
                comparison.divergence99(),
                comparison.largestDivergence(),
                100 * comparison.sameBest(),
                comparison.predictions()));
    }

    void writeJson(JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("before", before);
        json.writeStringProperty("after", after);
        json.writeStringProperty("type", type);
        json.writeNumberProperty("bytesBefore", bytesBefore);
        json.writeNumberProperty("bytesAfter", result.bytes());
        json.writeName("bytesByType");
        json.writeStartObject();
        for (Map.Entry<DType, Long> each : result.bytesByType().entrySet()) {
            json.writeNumberProperty(each.getKey().name(), each.getValue());
        }
        json.writeEndObject();
        json.writeStringProperty("text", text);
        json.writeNumberProperty("predictions", comparison.predictions());
        json.writeNumberProperty("perplexityBefore", comparison.perplexityBefore());
        json.writeNumberProperty("perplexityAfter", comparison.perplexityAfter());
        json.writeNumberProperty("klDivergence", comparison.divergence());
        json.writeNumberProperty("klDivergence99", comparison.divergence99());
        json.writeNumberProperty("klDivergenceLargest", comparison.largestDivergence());
        json.writeNumberProperty("sameBestToken", comparison.sameBest());
        json.writeEndObject();
    }

    void draw(PrintStream out) {
        out.printf(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
                        + " font-family=\"system-ui, sans-serif\" font-size=\"13\">%n",
                WIDTH, HEIGHT, WIDTH, HEIGHT);
        out.printf("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>%n", WIDTH, HEIGHT);
        line(out, 20, 28, "start", "#1f2933", 16, "%s as %s".formatted(before, type));
        line(out, 20, 48, "start", "#52606d", 12, "%d predictions in %s".formatted(comparison.predictions(), text));
        pair(out, 70, "perplexity", comparison.perplexityBefore(), comparison.perplexityAfter(), "%.3f", 1);
        pair(out, 150, "size", bytesBefore, result.bytes(), "%.0f MB", 1e-6);
        line(
                out,
                20,
                244,
                "start",
                "#1f2933",
                13,
                String.format(
                        Locale.ROOT,
                        "KL divergence: %.5f on average, 99 %% up to %.4f, largest %.4f",
                        comparison.divergence(),
                        comparison.divergence99(),
                        comparison.largestDivergence()));
        line(
                out,
                20,
                266,
                "start",
                "#1f2933",
                13,
                String.format(Locale.ROOT, "same most probable token: %.2f %%", 100 * comparison.sameBest()));
        out.println("</svg>");
    }

    private static void pair(
            PrintStream out, int y, String what, double before, double after, String format, double unit) {
        double scale = Math.max(before, after);
        bar(out, y, what + " before", before, scale, String.format(Locale.ROOT, format, before * unit), "#cbd5e0");
        bar(out, y + 32, "after", after, scale, String.format(Locale.ROOT, format, after * unit), "#2f855a");
    }

    private static void bar(
            PrintStream out, int y, String name, double value, double scale, String shown, String colour) {
        double length = (RIGHT - LEFT) * value / scale;
        line(out, LEFT - 10, y + 18, "end", "#1f2933", 13, name);
        out.printf(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"26\" fill=\"%s\"/>%n",
                LEFT,
                y,
                length,
                colour);
        line(out, (int) (LEFT + length + 8), y + 18, "start", "#1f2933", 13, shown);
    }

    private static void line(PrintStream out, int x, int y, String anchor, String colour, int size, String text) {
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
