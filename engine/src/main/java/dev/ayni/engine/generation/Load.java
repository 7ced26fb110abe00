package dev.ayni.engine.generation;

/**
 * What a model's engine does at the moment.
 *
 * @param waiting requests that do not run: they came too early to find room, or gave their memory up
 * @param running requests that run
 * @param batch texts that the latest step read in one forward pass
 * @param readPerSecond tokens that went through the model, prompts' and answers', a second of the last ten
 * @param drawnPerSecond tokens of answers, a second of the last ten
 * @param pagesUsed pages of keys and values, of 256 positions, that running requests have
 * @param pagesCached pages that are kept for later requests
 * @param pagesLost pages that no request has and that are not kept either; more than 0 is a mistake of the engine's
 * @param pagesBudget pages that there may be; a single request that needs more gets them
 * @param readTokens tokens that went through the model since it was opened
 * @param drawnTokens tokens of answers since it was opened
 * @param reusedTokens tokens of prompts that were not read, because others had read them
 * @param preemptions how often a request gave its memory up to others
 */
public record Load(
        int waiting,
        int running,
        int batch,
        double readPerSecond,
        double drawnPerSecond,
        int pagesUsed,
        int pagesCached,
        int pagesLost,
        int pagesBudget,
        long readTokens,
        long drawnTokens,
        long reusedTokens,
        long preemptions) {}
