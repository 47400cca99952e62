package org.vmail.directory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class FileDirectoryContractTest extends DirectoryContract {
    @TempDir
    Path folder;

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
                .domain(HostedDomain.of(A).withAliases(List.of(ALIAS_OF_A)).withFallback(Fallback.parse("joe", A)))
                .build();
    }
}
