package dev.ayni.hub;

import java.net.URI;
import java.nio.file.Path;

/** A second program that pulls an address into a home: for tests of what processes do to each other. */
final class PullingProcess {
    private PullingProcess() {}

    /** Arguments: home, address. */
    public static void main(String[] arguments) {
        HubSettings settings = new HubSettings(Path.of(arguments[0]), URI.create("http://127.0.0.1:1"), null, null);
        Hub hub = new Hub(settings, Catalogue.bundled());
        LocalModel model =
                hub.pull(hub.parse(arguments[1]), step -> System.out.println(step.phase()), LicenceGate.closed());
        System.out.println(model.digest());
    }

    static Process start(Path home, String address) throws java.io.IOException {
        StringBuilder classPath = new StringBuilder("target/test-classes");
        for (Class<?> type : java.util.List.of(
                Hub.class,
                dev.ayni.provenance.Digest.class,
                tools.jackson.databind.json.JsonMapper.class,
                tools.jackson.core.TokenStreamFactory.class,
                com.fasterxml.jackson.annotation.JsonProperty.class)) {
            classPath
                    .append(java.io.File.pathSeparator)
                    .append(Path.of(URI.create(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toString())));
        }
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath.toString(),
                        PullingProcess.class.getName(),
                        home.toString(),
                        address)
                .redirectErrorStream(true)
                .start();
    }
}
