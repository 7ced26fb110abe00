package dev.ayni.library;

/** The program that README.md shows: what stands between the marks there and here is the same. */
final class ReadmeSnippet {
    private ReadmeSnippet() {}

    static void run() {
        // the lines of README.md
        try (var model = Ayni.open("smollm2")) {
            System.out.println(model.ask("Tell me the capital of France."));
            model.ask("Tell me a story.", System.out::print); // word by word
        }
        // end
    }
}
