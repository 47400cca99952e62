package org.vmail.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the site: {@code Main [FOLDER [REPOSITORY]]}. */
final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
        Path target = Path.of(args.length > 0 ? args[0] : "target/site");
        Site site = Site.of(args.length > 1 ? Path.of(args[1]) : root());
        site.write(target);
        System.out.println(site.pages().size() + " pages are in " + target.toAbsolutePath());
    }

    /** Maven starts the program in the folder of the whole project, or in that of this module. */
    private static Path root() {
        Path here = Path.of("");
        return Files.exists(here.resolve("docs/user-guide.md")) ? here : here.resolve("../..");
    }
}
