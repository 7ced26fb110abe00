/** Finding and getting models: references, catalogue, download, the local library, licences. */
@org.jspecify.annotations.NullMarked
module dev.ayni.hub {
    requires static transitive org.jspecify;
    requires transitive dev.ayni.provenance;
    requires java.net.http;
    requires tools.jackson.databind;

    exports dev.ayni.hub;
}
