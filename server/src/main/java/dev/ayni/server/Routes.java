package dev.ayni.server;

import dev.ayni.server.http.Api;
import dev.ayni.server.http.Route;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What can be asked for, and whose protocol it is. */
final class Routes {
    private static final Pattern VARIABLE = Pattern.compile("\\{(\\w+)(\\.\\.\\.)?\\}");

    private final List<Place> places;
    private final Map<String, Place> plain = new HashMap<>();
    private final List<Api> apis;

    /** A path, and what may be done there. */
    private static final class Place {
        private final String path;
        private final Api api;
        private final Pattern pattern;
        private final List<String> names = new ArrayList<>();
        private final Map<String, Route> methods = new LinkedHashMap<>();

        Place(String path, Api api) {
            this.path = path;
            this.api = api;
            StringBuilder regex = new StringBuilder();
            Matcher variable = VARIABLE.matcher(path);
            int from = 0;
            while (variable.find()) {
                regex.append(Pattern.quote(path.substring(from, variable.start())));
                regex.append(variable.group(2) == null ? "([^/]+)" : "(.+)");
                names.add(variable.group(1));
                from = variable.end();
            }
            this.pattern = Pattern.compile(regex + Pattern.quote(path.substring(from)));
        }

        /** Paths that say more stand before those that leave more open. */
        int openness() {
            return names.size() + (path.contains("...}") ? 100 : 0);
        }
    }

    /**
     * What was found for a request.
     *
     * @param route null: the path is not known, or not with this method
     * @param api whose path it is, or is nearest to
     * @param allowed the methods of the path; empty: the path is not known
     * @param values in place of the path's variables, decoded
     */
    record Found(@Nullable Route route, Api api, Set<String> allowed, Map<String, String> values) {}

    /** @throws IllegalArgumentException if two of them want the same method and path */
    Routes(List<Api> apis) {
        this.apis = List.copyOf(apis);
        Map<String, Place> byPath = new LinkedHashMap<>();
        for (Api api : apis) {
            for (Route route : api.routes()) {
                Place place = byPath.computeIfAbsent(
                        VARIABLE.matcher(route.path()).replaceAll("{$2}"), path -> new Place(route.path(), api));
                if (place.methods.putIfAbsent(route.method(), route) != null) {
                    throw new IllegalArgumentException("%s and %s both want %s %s."
                            .formatted(place.api.name(), api.name(), route.method(), route.path()));
                }
            }
        }
        this.places = byPath.values().stream()
                .sorted(Comparator.comparingInt(Place::openness))
                .toList();
        for (Place place : places) {
            if (place.names.isEmpty()) {
                plain.put(place.path, place);
            }
        }
    }

    List<Api> apis() {
        return apis;
    }

    /** @param path as it was sent, not decoded, without the query */
    Found find(String method, String path) {
        Place place = plain.get(path);
        if (place != null) {
            return found(place, method, Map.of());
        }
        for (Place open : places) {
            Matcher matcher = open.names.isEmpty() ? null : open.pattern.matcher(path);
            if (matcher != null && matcher.matches()) {
                Map<String, String> values = new HashMap<>();
                for (int i = 0; i < open.names.size(); i++) {
                    values.put(open.names.get(i), decoded(matcher.group(i + 1)));
                }
                return found(open, method, values);
            }
        }
        return new Found(null, nearest(path), Set.of(), Map.of());
    }

    private static Found found(Place place, String method, Map<String, String> values) {
        Route route = place.methods.get(method);
        if (route == null && method.equals("HEAD")) {
            route = place.methods.get("GET");
        }
        Set<String> allowed = new TreeSet<>(place.methods.keySet());
        allowed.add("OPTIONS");
        if (allowed.contains("GET")) {
            allowed.add("HEAD");
        }
        return new Found(route, place.api, allowed, values);
    }

    /** The protocol with the path that begins most like this one. */
    private Api nearest(String path) {
        Api nearest = apis.getFirst();
        int most = 0;
        for (Place place : places) {
            String[] known = place.path.split("/", -1);
            String[] asked = path.split("/", -1);
            int same = 0;
            while (same < Math.min(known.length, asked.length) && known[same].equals(asked[same])) {
                same++;
            }
            if (same > most) {
                most = same;
                nearest = place.api;
            }
        }
        return nearest;
    }

    /** A plus sign is a plus sign in a path. */
    private static String decoded(String segment) {
        return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
