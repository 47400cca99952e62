package org.vmail.directory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.internal.ManualClock;

class FileDirectoryContractTest extends DirectoryContract {
    @TempDir
    Path folder;

    private final ManualClock clock = new ManualClock();

    @BeforeEach
    void writeFiles() throws IOException {
        Files.writeString(folder.resolve("passwd.a.example"), """
                Joe:x:60000:60000:Joe Who:/vhome/a.example/home/joe:/bin/false
                jörg:x:60001:60000::/vhome/a.example/home/joerg:/bin/false
                """);
        Files.writeString(folder.resolve("shadow.a.example"), """
                joe:{PLAIN}joe-a:19000:0:99999:7:::
                jörg:*:19000:0:99999:7:::
                """);
        Files.writeString(folder.resolve("aliases.a.example"), """
                Staff: joe, ann@elsewhere.example
                """);
        Files.writeString(folder.resolve("passwd.b.example"), """
                joe:{PLAIN}joe-b:60000:60000:Joe Other:/vhome/b.example/home/joe:/bin/false
                """);
    }

    @Override
    protected Directory directory() throws IOException {
        return FileDirectory.builder(folder)
                .nanoClock(clock)
                .domain(HostedDomain.of(A).withAliases(List.of(ALIAS_OF_A)).withFallback(Fallback.parse("joe", A)))
                .build();
    }

    @Override
    protected void breakBackEnd() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    @Override
    protected void changePasswordOfJoe() throws IOException {
        Files.writeString(folder.resolve("shadow.a.example"), "joe:{PLAIN}changed:19000:0:99999:7:::\n");
    }

    @Override
    protected void letTimePass() {
        clock.advance(Duration.ofSeconds(2));
    }
}
