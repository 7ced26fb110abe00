/** The program that people start. */
@org.jspecify.annotations.NullMarked
module dev.ayni.studio {
    requires static transitive org.jspecify;
    requires dev.ayni.library;
    requires info.picocli;
    requires org.jline.reader;
    requires org.jline.terminal;
    requires tools.jackson.databind;
}
