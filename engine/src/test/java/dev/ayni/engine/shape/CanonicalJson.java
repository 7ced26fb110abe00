package dev.ayni.engine.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A value in the form in which automata write it, once for each order that its members may have. */
final class CanonicalJson {
    private static final int MOST = 5_000;

    private CanonicalJson() {}

    static List<String> of(JsonNode value) {
        return switch (value.getNodeType()) {
            case NUMBER -> List.of(JsonSchemaCompiler.written(value.decimalValue()));
            case STRING -> List.of(JsonText.quoted(value.asString()));
            case ARRAY -> array(value);
            case OBJECT -> object(value);
            default -> List.of(value.toString());
        };
    }

    private static List<String> array(JsonNode value) {
        List<String> all = List.of("[");
        for (int i = 0; i < value.size(); i++) {
            all = joined(all, i == 0 ? "" : ",", of(value.get(i)));
        }
        return joined(all, "]", List.of(""));
    }

    private static List<String> object(JsonNode value) {
        List<Map.Entry<String, JsonNode>> members = new ArrayList<>(value.properties());
        List<String> all = new ArrayList<>();
        for (List<Map.Entry<String, JsonNode>> order : orders(members)) {
            List<String> texts = List.of("{");
            for (int i = 0; i < order.size(); i++) {
                String name = (i == 0 ? "" : ",") + JsonText.quoted(order.get(i).getKey()) + ":";
                texts = joined(texts, name, of(order.get(i).getValue()));
            }
            all.addAll(joined(texts, "}", List.of("")));
        }
        return all.size() > MOST ? all.subList(0, MOST) : all;
    }

    private static <T> List<List<T>> orders(List<T> list) {
        if (list.size() <= 1 || list.size() > 6) {
            return List.of(list);
        }
        List<List<T>> all = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            List<T> rest = new ArrayList<>(list);
            T first = rest.remove(i);
            for (List<T> order : orders(rest)) {
                List<T> one = new ArrayList<>(List.of(first));
                one.addAll(order);
                all.add(one);
            }
        }
        return all;
    }

    private static List<String> joined(List<String> before, String between, List<String> after) {
        List<String> all = new ArrayList<>();
        for (String one : before) {
            for (String other : after) {
                if (all.size() < MOST) {
                    all.add(one + between + other);
                }
            }
        }
        return all;
    }
}
