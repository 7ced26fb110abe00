package dev.ayni.library.tools;

import dev.ayni.chat.Tool;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A Java method as a tool: the schema comes from its parameters' types, its result goes back as JSON, or as text if it is one. */
public final class MethodTool implements RunnableTool {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private final Object owner;
    private final Method method;
    private final Tool tool;

    private MethodTool(Object owner, Method method, ToolMethod annotation) {
        this.owner = owner;
        this.method = method;
        String name = annotation.name().isEmpty() ? method.getName() : annotation.name();
        this.tool = new Tool(name, annotation.value(), schema(method).toString());
        // members of a class that is not public are reached all the same: whoever annotates a method offers it
        method.setAccessible(true);
    }

    /**
     * The methods of an object that are annotated as tools, in the order of their names.
     *
     * @throws IllegalArgumentException if there are none, or one has a parameter of which no schema can be made
     */
    public static List<RunnableTool> of(Object owner) {
        List<RunnableTool> tools = new ArrayList<>();
        for (Method method : owner.getClass().getDeclaredMethods()) {
            ToolMethod annotation = method.getAnnotation(ToolMethod.class);
            if (annotation != null) {
                tools.add(new MethodTool(owner, method, annotation));
            }
        }
        tools.sort(Comparator.comparing(tool -> tool.tool().name())); // the JVM gives methods in no order
        if (tools.isEmpty()) {
            throw new IllegalArgumentException(
                    "%s has no method for models. Annotate those that they may call with @ToolMethod(\"what it does\")."
                            .formatted(owner.getClass().getName()));
        }
        return tools;
    }

    private static ObjectNode schema(Method method) {
        ObjectNode schema = JsonMapper.shared().createObjectNode();
        schema.put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        ArrayNode required = schema.putArray("required");
        for (java.lang.reflect.Parameter parameter : method.getParameters()) {
            String name = name(parameter);
            ObjectNode property = TypeSchema.of(
                    parameter.getParameterizedType(), "Parameter %s of %s".formatted(name, method.getName()));
            TypeSchema.describe(property, parameter.getAnnotation(Parameter.class));
            properties.set(name, property);
            if (!TypeSchema.isOptional(parameter.getParameterizedType())) {
                required.add(name);
            }
        }
        return schema.put("additionalProperties", false);
    }

    private static String name(java.lang.reflect.Parameter parameter) {
        Parameter annotation = parameter.getAnnotation(Parameter.class);
        if (annotation != null && !annotation.name().isEmpty()) {
            return annotation.name();
        }
        if (!parameter.isNamePresent()) {
            throw new IllegalArgumentException(
                    "The names of the parameters of %s are not in its class file. Compile it with -parameters, or name each: @Parameter(name = ..., value = ...)."
                            .formatted(parameter.getDeclaringExecutable().getName()));
        }
        return parameter.getName();
    }

    @Override
    public Tool tool() {
        return tool;
    }

    @Override
    public String run(String arguments) {
        Object[] values = values(arguments);
        try {
            Object result = method.invoke(Modifier.isStatic(method.getModifiers()) ? null : owner, values);
            return text(result);
        } catch (InvocationTargetException e) {
            Throwable why = e.getCause() == null ? e : e.getCause();
            if (why instanceof Error error) {
                throw error;
            }
            throw new ToolException(
                    "%s failed: %s".formatted(tool.name(), why.getMessage() == null ? why : why.getMessage()), why);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("%s cannot be called".formatted(method), e);
        }
    }

    private Object[] values(String arguments) {
        JsonNode given = read(arguments);
        java.lang.reflect.Parameter[] parameters = method.getParameters();
        List<String> names = Arrays.stream(parameters).map(MethodTool::name).toList();
        String unknown = given.properties().stream()
                .map(Map.Entry::getKey)
                .filter(name -> !names.contains(name))
                .collect(Collectors.joining(", "));
        if (!unknown.isEmpty()) {
            throw new ToolException("%s has no parameter %s. Its parameters are: %s."
                    .formatted(tool.name(), unknown, names.isEmpty() ? "none" : String.join(", ", names)));
        }
        Object[] values = new Object[parameters.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(given.get(names.get(i)), names.get(i), parameters[i]);
        }
        return values;
    }

    private JsonNode read(String arguments) {
        try {
            JsonNode given = JSON.readTree(arguments);
            if (given.isObject()) {
                return given;
            }
        } catch (JacksonException e) {
            throw new ToolException(
                    "The arguments of %s are no JSON: %s. Give a JSON object."
                            .formatted(tool.name(), e.getOriginalMessage()),
                    e);
        }
        throw new ToolException("The arguments of %s are no JSON object. Give one.".formatted(tool.name()));
    }

    private Object value(@Nullable JsonNode given, String name, java.lang.reflect.Parameter parameter) {
        boolean optional = TypeSchema.isOptional(parameter.getParameterizedType());
        if (given == null || given.isNull()) {
            if (optional) {
                return Optional.empty();
            }
            throw new ToolException("%s needs %s, which was not given: %s."
                    .formatted(tool.name(), name, TypeSchema.of(parameter.getParameterizedType(), name)));
        }
        try {
            return JSON.convertValue(given, JSON.constructType(parameter.getParameterizedType()));
        } catch (JacksonException e) {
            String path = e instanceof MismatchedInputException wrong
                            && !wrong.getPath().isEmpty()
                    ? name + " (" + wrong.getPathReference().replaceAll("[\\w.$]+\\[", "[") + ")"
                    : name;
            throw new ToolException(
                    "%s was given %s for %s. Expected: %s."
                            .formatted(tool.name(), given, path, TypeSchema.of(parameter.getParameterizedType(), name)),
                    e);
        }
    }

    private static String text(@Nullable Object result) {
        return switch (result) {
            case null -> "done";
            case String text -> text;
            case Optional<?> maybe -> maybe.isPresent() ? text(maybe.get()) : "nothing";
            default -> JSON.writeValueAsString(result);
        };
    }
}
