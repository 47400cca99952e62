package org.vmail.examples.server;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that most commands share. */
final class ConfigOption {
    @Option(
            names = "--config",
            required = true,
            paramLabel = "FILE",
            description = "the configuration file, such as docs/vmail.toml")
    private Path file = Path.of("");

    Settings read() throws SettingsException, IOException {
        return SettingsFile.read(file);
    }
}
