package org.vmail.examples.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/**
 * The reference server, as a user would start it.
 *
 * @param jar the packaged server
 * @param javaHome the JDK to run it with
 * @param javaOptions for example the size of its heap
 * @param config a configuration with placeholders, or empty for the one that comes with this tool
 */
record Vmail(Path jar, Path javaHome, List<String> javaOptions, Optional<Path> config) {
    ServerSetup prepare(Site site, Path folder) throws IOException {
        Path directory = Site.folder(folder, "directory");
        Path mail = Site.mailFolder(folder);
        StringBuilder passwd = new StringBuilder();
        StringBuilder shadow = new StringBuilder();
        for (String user : site.users()) {
            passwd.append(user).append(":x:60000:60000::/:/bin/false\n");
            shadow.append(user).append(':').append(site.scheme().stored()).append(":20000:0:99999:7:::\n");
        }
        Files.writeString(directory.resolve("passwd." + Site.DOMAIN), passwd);
        Files.writeString(directory.resolve("shadow." + Site.DOMAIN), shadow);

        ServerSetup.Ports ports = ServerSetup.Ports.free();
        String text = template(site.certificate().isPresent())
                .replace("{directory}", directory.toString())
                .replace("{mail}", mail.toString())
                .replace("{port}", Integer.toString(ports.pop3().getPort()))
                .replace("{lmtp-port}", Integer.toString(ports.lmtp().getPort()))
                .replace("{tls-port}", Integer.toString(ports.pop3s().getPort()));
        if (site.certificate().isPresent()) {
            text = text.replace("{chain}", site.certificate().get().chain().toString())
                    .replace("{key}", site.certificate().get().key().toString());
        }
        return prepare(folder, text, ports);
    }

    /** As a user would start it with a configuration, which says where it listens. */
    ServerSetup prepare(Path folder, String text, ServerSetup.Ports ports) throws IOException {
        Path file = Files.writeString(folder.resolve("vmail.toml"), text);
        List<String> command =
                new ArrayList<>(List.of(javaHome.resolve("bin/java").toString()));
        command.addAll(javaOptions);
        command.addAll(List.of("-jar", jar.toString(), "serve", "--config", file.toString()));
        return new ServerSetup(
                name(), folder, command, ports, Optional.empty(), Optional.of(javaHome.resolve("bin/jcmd")));
    }

    String name() throws IOException {
        return "vmail on " + javaVersion();
    }

    private String javaVersion() throws IOException {
        Properties release = new Properties();
        try (InputStream in = Files.newInputStream(javaHome.resolve("release"))) {
            release.load(in);
        }
        return release.getProperty("JAVA_VERSION", "unknown").replace("\"", "");
    }

    private String template(boolean withTls) throws IOException {
        if (config.isPresent()) {
            return Files.readString(config.get());
        }
        String name = withTls ? "vmail-tls.toml" : "vmail.toml";
        try (InputStream in = Vmail.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("This jar has no " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
