package org.vmail.directory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.internal.ManualClock;

/** The users of the system in one domain, and another directory for the other one. */
class SystemDirectoryContractTest extends DirectoryContract {
    @TempDir
    Path folder;

    private final ManualClock clock = new ManualClock();
    private Path passwd;
    private Path shadow;

    @BeforeEach
    void writeFiles() throws IOException {
        passwd = Files.writeString(folder.resolve("passwd"), """
                joe:x:1000:1000:Joe Who:/home/joe:/bin/bash
                jörg:x:1001:1001::/home/joerg:/bin/bash
                """);
        shadow = Files.writeString(folder.resolve("shadow"), "joe:{PLAIN}joe-a:19000:0:99999:7:::\n");
    }

    @Override
    protected Directory directory() {
        HostedDomain domain =
                HostedDomain.of(A).withAliases(List.of(ALIAS_OF_A)).withFallback(Fallback.parse("joe", A));
        Directory users = SystemDirectory.builder(domain)
                .passwd(passwd)
                .shadow(shadow)
                .clocks(clock, Clock.systemUTC())
                .build();
        return users.or(Directory.inMemory().account("joe@b.example", "joe-b").build());
    }

    @Override
    protected boolean hasAliases() {
        return false;
    }

    @Override
    protected boolean hasFullNames() {
        return false;
    }

    @Override
    protected void changePasswordOfJoe() throws IOException {
        Files.writeString(shadow, "joe:{PLAIN}changed:19000:0:99999:7:::\n");
    }

    @Override
    protected void letTimePass() {
        clock.advance(Duration.ofSeconds(2));
    }
}
