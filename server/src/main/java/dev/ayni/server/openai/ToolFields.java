package dev.ayni.server.openai;

import dev.ayni.chat.Tool;
import dev.ayni.chat.ToolChoice;
import dev.ayni.chat.Tools;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The tools of a request, and whether they must be called. */
final class ToolFields {
    /** Where a tool's parts stand. */
    enum Layout {
        /** In an object {@code function}, as in chat completions. */
        NESTED,
        /** Beside the type, as in responses. */
        FLAT
    }

    private ToolFields() {}

    static Tools read(JsonFields fields, Layout layout) {
        if (layout == Layout.NESTED && beforeTools(fields)) {
            return functions(fields);
        }
        List<Tool> tools = new ArrayList<>();
        for (JsonFields tool : fields.objects("tools")) {
            onlyFunctions(tool);
            JsonFields function = layout == Layout.FLAT ? tool : tool.object("function");
            if (function == null) {
                throw ApiException.invalid(
                        tool.at("function"),
                        "'%s' is missing; expected an object with 'name', 'description' and 'parameters'."
                                .formatted(tool.at("function")));
            }
            function.flag("strict", false); // calls are held to their schemas wherever a model marks them
            tools.add(tool(function));
            function.end();
            tool.end();
        }
        return choose(fields, tools, layout);
    }

    private static Tool tool(JsonFields function) {
        JsonFields parameters = function.object("parameters");
        return new Tool(
                function.text("name"),
                function.text("description", ""),
                parameters == null ? Tool.NO_PARAMETERS : parameters.whole().toString());
    }

    /** Whether a request offers its tools as was done before there were tools: as functions, of which one is called. */
    static boolean beforeTools(JsonFields fields) {
        return fields.has("functions") || fields.has("function_call");
    }

    private static Tools functions(JsonFields fields) {
        if (fields.has("tools") || fields.has("tool_choice")) {
            throw ApiException.invalid(
                    fields.at("functions"),
                    "'%s' and '%s' mean the same, and both are there. Send 'tools'."
                            .formatted(fields.at("functions"), fields.at("tools")));
        }
        List<Tool> tools = new ArrayList<>();
        for (JsonFields function : fields.objects("functions")) {
            tools.add(tool(function));
            function.end();
        }
        JsonNode choice = fields.optional("function_call");
        if (choice == null) {
            return Tools.of(tools);
        }
        if (choice.isString()) {
            return switch (choice.stringValue()) {
                case "auto" -> Tools.of(tools);
                case "none" -> new Tools(tools, ToolChoice.NONE);
                default ->
                    throw ApiException.invalid(
                            fields.at("function_call"),
                            "'%s' is '%s'; expected 'auto', 'none' or an object with 'name'."
                                    .formatted(fields.at("function_call"), choice.stringValue()));
            };
        }
        JsonFields named = fields.object("function_call");
        if (named == null) {
            throw new AssertionError(choice);
        }
        Tools chosen = new Tools(tools, new ToolChoice.Named(named.text("name")));
        named.end();
        return chosen;
    }

    private static void onlyFunctions(JsonFields tool) {
        String type = tool.text("type");
        if (!type.equals("function")) {
            throw ApiException.invalid(
                    tool.at("type"),
                    "'%s' is '%s', a tool that its service runs by itself; here are none. Offer it as a function, and run it where the request comes from."
                            .formatted(tool.at("type"), type));
        }
    }

    private static Tools choose(JsonFields fields, List<Tool> tools, Layout layout) {
        JsonNode choice = fields.optional("tool_choice");
        if (choice == null) {
            return Tools.of(tools);
        }
        if (choice.isString()) {
            return switch (choice.stringValue()) {
                case "auto" -> Tools.of(tools);
                case "none" -> new Tools(tools, ToolChoice.NONE);
                case "required" -> new Tools(tools, ToolChoice.REQUIRED);
                default ->
                    throw ApiException.invalid(
                            fields.at("tool_choice"),
                            "'%s' is '%s'; expected 'auto', 'none', 'required' or an object that names a function."
                                    .formatted(fields.at("tool_choice"), choice.stringValue()));
            };
        }
        JsonFields named = fields.object("tool_choice");
        if (named == null) {
            throw new AssertionError(choice);
        }
        String type = named.text("type");
        Tools chosen = switch (type) {
            case "function" -> new Tools(tools, new ToolChoice.Named(name(named, layout)));
            case "allowed_tools" -> allowed(named, tools, layout);
            default ->
                throw ApiException.invalid(
                        named.at("type"),
                        "'%s' is '%s'; expected 'function' or 'allowed_tools'.".formatted(named.at("type"), type));
        };
        named.end();
        return chosen;
    }

    private static String name(JsonFields named, Layout layout) {
        JsonFields function = layout == Layout.FLAT ? named : named.object("function");
        if (function == null) {
            throw ApiException.invalid(
                    named.at("function"),
                    "'%s' is missing; expected an object with 'name'.".formatted(named.at("function")));
        }
        String name = function.text("name");
        function.end();
        return name;
    }

    private static Tools allowed(JsonFields choice, List<Tool> tools, Layout layout) {
        JsonFields allowed = layout == Layout.FLAT ? choice : choice.object("allowed_tools");
        if (allowed == null) {
            throw ApiException.invalid(
                    choice.at("allowed_tools"),
                    "'%s' is missing; expected an object with 'mode' and 'tools'."
                            .formatted(choice.at("allowed_tools")));
        }
        String mode = allowed.text("mode");
        List<String> names = new ArrayList<>();
        for (JsonFields tool : allowed.objects("tools")) {
            onlyFunctions(tool);
            names.add(name(tool, layout));
            tool.end();
        }
        if (layout == Layout.NESTED) {
            allowed.end();
        }
        List<Tool> left =
                tools.stream().filter(tool -> names.contains(tool.name())).toList();
        return switch (mode) {
            case "auto" -> Tools.of(left);
            case "required" -> new Tools(left, ToolChoice.REQUIRED);
            default ->
                throw ApiException.invalid(
                        allowed.at("mode"),
                        "'%s' is '%s'; expected 'auto' or 'required'.".formatted(allowed.at("mode"), mode));
        };
    }
}
