package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.LocalModel;
import dev.ayni.engine.models.CacheType;
import dev.ayni.guard.Content;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import dev.ayni.guard.Stage;
import dev.ayni.guard.judges.LlamaGuard;
import dev.ayni.guard.judges.LlamaGuardTemplate;
import dev.ayni.guard.judges.PolicyJudge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Judges on a model of random numbers: all of the way but sense. */
final class JudgesTest {
    private static final Content CONTENT = Content.of(Stage.PROMPT, "How do I cross the river?<|im_end|>");

    private LocalModel model;

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        model = LocalModel.open(
                Files.write(folder.resolve("tiny.gguf"), TinyModel.gguf(true)),
                new EngineOptions("portable", 1, 2048, "off", CacheType.AUTO, line -> {}));
    }

    @AfterEach
    void close() {
        model.close();
    }

    private List<Integer> tokens(String text, boolean special) {
        return Arrays.stream(model.tokenizer().encode(text, special)).boxed().toList();
    }

    private List<Finding> judged(TextModel judge, LlamaGuardTemplate template) {
        return new LlamaGuard(model.name(), judge, this::tokens, new LlamaGuard.Settings(template))
                .find(new Reading(CONTENT));
    }

    @Test
    void aModelThatSaysNeitherSafeNorUnsafeFindsEveryHazard() {
        assertThat(judged(model, LlamaGuardTemplate.LLAMA_GUARD_3))
                .hasSize(13)
                .allSatisfy(finding -> assertThat(finding.score()).isEqualTo(1));
    }

    /** The model, but sure at the first token that the text is unsafe. */
    private record Alarmed(TextModel model) implements TextModel {
        @Override
        public void complete(TextRequest request, ChatSink sink) {
            model.complete(request, event -> {
                if (event instanceof ChatEvent.LogProbability) {
                    TokenProbability unsafe = new TokenProbability(0, "unsafe", Math.log(0.9));
                    return sink.accept(new ChatEvent.LogProbability(unsafe, List.of(unsafe)));
                }
                return sink.accept(event);
            });
        }

        @Override
        public void complete(TextRequest request, List<ChatSink> answers) {
            answers.forEach(sink -> complete(request, sink));
        }
    }

    @ParameterizedTest
    @EnumSource(LlamaGuardTemplate.class)
    void whatIsUnsafeIsNamedInTheShapeThatLlamaGuardAnswersIn(LlamaGuardTemplate template) {
        List<Finding> found = judged(new Alarmed(model), template);
        assertThat(found).isNotEmpty().allSatisfy(finding -> {
            assertThat(finding.category()).matches("S([1-9]|1[0-4])");
            assertThat(finding.score()).isBetween(0.899, 0.901);
            assertThat(finding.why()).startsWith("judged unsafe by");
        });
    }

    @Test
    void anyChatModelJudgesByAPolicyInWords() {
        PolicyJudge judge = new PolicyJudge(model, new PolicyJudge.Settings("house-rules", "No rivers."));
        assertThat(judge.find(new Reading(CONTENT)))
                .allSatisfy(finding -> assertThat(finding.why()).startsWith("judged a violation"));
    }
}
