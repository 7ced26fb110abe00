package dev.ayni.engine.machine;

/**
 * What a JVM says of itself, as far as speed hangs on it.
 *
 * @param name as HotSpot or OpenJ9 call themselves
 * @param mode how code runs: "mixed mode, sharing", "interpreted mode", "mixed mode, emulated-client"
 */
public record Jvm(String name, String mode) {
    /** The one that this program runs in. */
    public static Jvm here() {
        return new Jvm(System.getProperty("java.vm.name", ""), System.getProperty("java.vm.info", ""));
    }
}
