/** What may go into a model and what may come out of it: policies, the checks that find, and the guards that decide. */
@org.jspecify.annotations.NullMarked
module dev.ayni.guard {
    requires static transitive org.jspecify;
    requires transitive dev.ayni.chat;
    requires transitive dev.ayni.provenance;
    requires com.google.i18n.phonenumbers.libphonenumber;
    requires org.apache.opennlp.tools;
    requires transitive re2j;
    requires tools.jackson.core;
    requires transitive tools.jackson.databind;
    requires tools.jackson.dataformat.yaml;

    exports dev.ayni.guard;
    exports dev.ayni.guard.classifiers;
    exports dev.ayni.guard.judges;
    exports dev.ayni.guard.personal;
    exports dev.ayni.guard.policy;
    exports dev.ayni.guard.rules;
}
