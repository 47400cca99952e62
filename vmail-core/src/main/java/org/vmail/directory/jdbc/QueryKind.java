package org.vmail.directory.jdbc;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.util.Set;

/** What is asked of the database: which parameters a query may have, and which columns its answer has. */
enum QueryKind {
    DOMAIN(
            "domains",
            Set.of(Parameter.DOMAIN),
            Set.of(Columns.NAME),
            Set.of(
                    Columns.QUOTA_OCTETS,
                    Columns.QUOTA_MESSAGES,
                    Columns.FULL_NAMES,
                    Columns.SUBADDRESS_DELIMITERS,
                    Columns.OVER_QUOTA,
                    Columns.MAX_ACCOUNTS,
                    Columns.AUTO_RESPONSES)),
    DOMAIN_ALIASES("domain aliases", Set.of(Parameter.DOMAIN), Set.of(Columns.NAME), Set.of()),
    FALLBACK(
            "fallbacks", Set.of(Parameter.DOMAIN, Parameter.CATCHALL), Set.of(Columns.TARGET), Set.of(Columns.ADDRESS)),
    ACCOUNT("accounts", ofAddress(), ofAccount(), mayBeOfAccount()),
    ACCOUNT_OF_FULL_NAME("accounts by full names", ofAddress(), ofAccount(), mayBeOfAccount()),
    ALIAS("aliases", ofAddress(), Set.of(Columns.ADDRESS, Columns.TARGET), Set.of());

    private final String what;
    private final ImmutableSet<Parameter> parameters;
    private final ImmutableSet<String> required;
    private final ImmutableSet<String> known;

    QueryKind(String what, Set<Parameter> parameters, Set<String> required, Set<String> optional) {
        this.what = what;
        this.parameters = ImmutableSet.copyOf(parameters);
        this.required = ImmutableSet.copyOf(required);
        this.known = ImmutableSet.copyOf(Sets.union(required, optional));
    }

    private static Set<Parameter> ofAddress() {
        return Set.of(Parameter.ADDRESS, Parameter.USER, Parameter.DOMAIN);
    }

    private static Set<String> ofAccount() {
        return Set.of(Columns.ADDRESS, Columns.PASSWORD);
    }

    private static Set<String> mayBeOfAccount() {
        return Set.of(
                Columns.FULL_NAME,
                Columns.DISABLED,
                Columns.QUOTA_OCTETS,
                Columns.QUOTA_MESSAGES,
                Columns.FORWARD,
                Columns.KEEP_COPY);
    }

    Set<Parameter> parameters() {
        return parameters;
    }

    Set<String> requiredColumns() {
        return required;
    }

    Set<String> knownColumns() {
        return known;
    }

    @Override
    public String toString() {
        return "the query of " + what;
    }
}
