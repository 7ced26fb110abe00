/** What may go into a model and what may come out of it: policies, the checks that find, and the guards that decide. */
@org.jspecify.annotations.NullMarked
module dev.ayni.guard {
    requires static transitive org.jspecify;
    requires transitive dev.ayni.chat;
    requires transitive dev.ayni.provenance;

    exports dev.ayni.guard;
}
