package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** sendmail from Debian's packages, installed or unpacked, with queue and configuration of its own. */
final class Sendmail implements Mta {
    private static final Path ROOT = Path.of(System.getProperty("vmail.sendmail", "/"));
    private static final Path PROGRAM = ROOT.resolve("usr/libexec/sendmail/sendmail");
    private static final Path MACROS = ROOT.resolve("usr/share/sendmail/cf");

    private final Path folder;
    private final int port;
    private final Process daemon;

    private Sendmail(Path folder, int port, Process daemon) {
        this.folder = folder;
        this.port = port;
        this.daemon = daemon;
    }

    static void require() {
        Programs.require("m4", "unshare");
        Programs.require(
                Files.isExecutable(PROGRAM) && "root".equals(System.getProperty("user.name")),
                "sendmail is missing, -Dvmail.sendmail names the folder where its packages are unpacked; or this is not root");
    }

    /** Starts it with what m4 makes of a file. */
    static Sendmail start(Path folder, String mc) throws IOException, InterruptedException {
        int port = Mta.freePort();
        Path source = Files.writeString(
                folder.resolve("vmail.mc"),
                mc.replace("RELAY_DOMAIN", "FEATURE(`accept_unresolvable_domains')dnl\nRELAY_DOMAIN"));
        Programs.Result cf = Programs.run("m4", "-D_CF_DIR_=" + MACROS + "/", MACROS + "/m4/cf.m4", source.toString());
        Files.writeString(folder.resolve("vmail.cf"), cf.successful().output());
        Files.createDirectory(
                folder.resolve("queue"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Process daemon = Programs.builder(
                        command(folder, "-bD", "-ODaemonPortOptions=Port=" + port + ",Addr=127.0.0.1"))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out").toFile())
                .start();
        Sendmail sendmail = new Sendmail(folder, port, daemon);
        await().until(() -> Smtp.answers(sendmail.address()) || !daemon.isAlive());
        assertThat(daemon.isAlive())
                .as(Files.readString(folder.resolve("out"), UTF_8))
                .isTrue();
        return sendmail;
    }

    /** Under a full name of its own: without one sendmail sleeps for a minute whenever it starts. */
    private static List<String> command(Path folder, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "unshare",
                "--uts",
                "sh",
                "-c",
                "hostname mx.example && exec \"$@\"",
                "sh",
                PROGRAM.toString(),
                "-C" + folder.resolve("vmail.cf"),
                "-OQueueDirectory=" + folder.resolve("queue"),
                "-OPidFile=" + folder.resolve("pid"),
                "-OStatusFile=" + folder.resolve("statistics"),
                "-OAliasFile=",
                "-OQueueLA=1000", // however busy this machine is
                "-ORefuseLA=1000",
                "-ODontBlameSendmail=groupwritabledirpathsafe"));
        command.addAll(List.of(arguments));
        return command;
    }

    @Override
    public InetSocketAddress address() {
        return Mta.loopback(port);
    }

    @Override
    public String complaints() throws IOException, InterruptedException {
        return Programs.run(command(folder, "-bp", "-v")).output();
    }

    @Override
    public boolean isQueueEmpty() throws IOException, InterruptedException {
        return complaints().contains("is empty");
    }

    @Override
    public void flush() throws IOException, InterruptedException {
        Programs.run(command(folder, "-qf")).successful();
    }

    @Override
    public void stop() throws IOException, InterruptedException {
        daemon.destroy();
        daemon.waitFor();
    }
}
