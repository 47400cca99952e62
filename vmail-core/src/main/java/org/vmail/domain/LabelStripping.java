package org.vmail.domain;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Says which domains the name of a server may stand for: {@code mail.a.example} is a server of a.example. Implementations
 * are thread-safe and do no I/O.
 */
@FunctionalInterface
public interface LabelStripping {
    /**
     * The names that are compared with the hosted domains, one after the other.
     *
     * @param hostName any text, without the dot of the root
     * @return the name itself if it may be meant, and shorter ones; the first that is hosted counts
     */
    List<String> candidates(String hostName);

    /**
     * Strips nothing: the name of a server has to be that of a domain.
     *
     * @return the rule
     */
    static LabelStripping none() {
        return upTo(0);
    }

    /**
     * Strips one label that is known to stand for a server.
     *
     * @param labels labels in any case, without dots
     * @return the rule
     */
    static LabelStripping of(Collection<String> labels) {
        ImmutableSet<String> known = labels.stream().map(Ascii::toLowerCase).collect(ImmutableSet.toImmutableSet());
        return name -> {
            int dot = name.indexOf('.');
            return dot >= 0 && known.contains(Ascii.toLowerCase(name.substring(0, dot)))
                    ? List.of(name, name.substring(dot + 1))
                    : List.of(name);
        };
    }

    /**
     * Strips leading labels, whatever they are: with a depth of 2 {@code a.example}, {@code pop.a.example} and
     * {@code pop.eu.a.example} are for a.example.
     *
     * @param depth how many labels may be stripped; the longest name that is hosted counts
     * @return the rule
     * @throws IllegalArgumentException if the depth is negative
     */
    static LabelStripping upTo(int depth) {
        checkArgument(depth >= 0, "The number of stripped labels must not be negative");
        return name -> {
            List<String> candidates = new ArrayList<>(List.of(name));
            String rest = name;
            for (int dot = rest.indexOf('.'); dot >= 0 && candidates.size() <= depth; dot = rest.indexOf('.')) {
                rest = rest.substring(dot + 1);
                candidates.add(rest);
            }
            return List.copyOf(candidates);
        };
    }
}
