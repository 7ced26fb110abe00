package dev.ayni.chat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The tools of a request.
 *
 * @param offered in the order in which the model reads of them
 * @param choice whether it may, must or must not call them
 */
public record Tools(List<Tool> offered, ToolChoice choice) {
    public static final Tools NONE = new Tools(List.of(), ToolChoice.AUTO);

    public Tools {
        offered = List.copyOf(offered);
        Set<String> names = new HashSet<>();
        for (Tool tool : offered) {
            if (!names.add(tool.name())) {
                throw new IllegalArgumentException(
                        "Two tools are named '%s', and a call could not be told from one of the other. Rename one of them."
                                .formatted(tool.name()));
            }
        }
        switch (choice) {
            case ToolChoice.Named(String name) -> {
                if (!names.contains(name)) {
                    throw new IllegalArgumentException(
                            "The tool '%s' is to be called, but the tools of the request are %s. Add it, or name one of them."
                                    .formatted(
                                            name,
                                            offered.stream().map(Tool::name).toList()));
                }
            }
            case ToolChoice.Required() -> {
                if (offered.isEmpty()) {
                    throw new IllegalArgumentException(
                            "A call of a tool is required, but the request has no tools. Add some, or let the model choose.");
                }
            }
            case ToolChoice.Auto(), ToolChoice.None() -> {}
        }
    }

    /** Tools that the model may call. */
    public static Tools of(List<Tool> offered) {
        return new Tools(offered, ToolChoice.AUTO);
    }

    /** Those that the model gets to know of. */
    public List<Tool> visible() {
        return choice.equals(ToolChoice.NONE) ? List.of() : offered;
    }
}
