package dev.ayni.hub;

/** Asks the user to agree to a licence, before anything of the model is fetched. */
@FunctionalInterface
public interface LicenceGate {
    /**
     * Shows {@link Licence#terms()} and answers whether the user agrees. Asked once for each wording of a licence: a yes
     * is kept in the library.
     *
     * @param model the model's name or reference
     */
    boolean accepts(String model, Licence licence);

    /** For programs without anyone to ask: no licence that needs a yes gets one. */
    static LicenceGate closed() {
        return (model, licence) -> false;
    }

    /** For users who have said yes beforehand, for example with {@code --accept-licence}. */
    static LicenceGate accepted() {
        return (model, licence) -> true;
    }
}
