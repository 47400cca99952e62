package org.vmail.examples.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;

/**
 * What every server of a scenario serves: accounts with one password, and a copy of the same mail for each server.
 *
 * @param scheme how the password is kept
 * @param users local parts in the domain
 */
record Site(Scheme scheme, List<String> users, Optional<Certificate> certificate) {
    static final String DOMAIN = "bench.example";
    static final String PASSWORD = "cherry";

    /** How the one password is kept. */
    enum Scheme {
        PLAIN("{PLAIN}" + PASSWORD),
        /** 5000 rounds, as crypt(3) makes them unless told otherwise. */
        SHA512_CRYPT(
                "$6$benchbenchbench$m36Da8RH5MjBe.oTOW2BhVTiPHzn6LLopSyoBhjg9o1hyqzGDkYfxO/dpjwF2UpEmFtJmFxF8khQY8Yp6CwD11");

        private final String stored;

        Scheme(String stored) {
            this.stored = stored;
        }

        String stored() {
            return stored;
        }

        /** With the prefix that Dovecot wants. */
        String storedForDovecot() {
            return this == PLAIN ? stored : "{CRYPT}" + stored;
        }
    }

    static String login(String user) {
        return user + "@" + DOMAIN;
    }

    /** Makes the folder of all mail, in which the domain has one. */
    static Path mailFolder(Path parent) throws IOException {
        Path mail = folder(parent, "mail");
        Path ignored = folder(mail, DOMAIN);
        return mail;
    }

    /** Makes a folder that unprivileged processes of a server can reach. */
    static Path folder(Path parent, String name) throws IOException {
        Path folder = Files.createDirectory(parent.resolve(name));
        return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
