package org.vmail.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Preconditions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.vmail.address.MailAddress;

/** A program with checkpassword's interface. */
final class Checkpassword implements PasswordVerifier {
    private static final int MAX_OCTETS = 512;
    private static final int RIGHT = 0;
    private static final int WRONG = 1;

    private final List<String> command = new ArrayList<>();
    private final String name;
    private final boolean wholeAddress;
    private final ExternalProgram program;

    Checkpassword(List<String> command, VerifierOptions options, ExternalProgram program) {
        Preconditions.checkArgument(!command.isEmpty(), "A verifier needs a command");
        // Java opens the descriptors 0 to 2 and no other; the shell moves one, and sees nothing of what is in it.
        this.command.addAll(List.of("/bin/sh", "-c", "exec \"$@\" 3<&0 </dev/null", "sh"));
        this.command.addAll(command);
        this.command.add("/bin/true");
        this.name = command.get(0);
        this.wholeAddress = options.wholeAddress();
        this.program = program;
    }

    @Override
    public Verdict verify(MailAddress account, Password password) throws IOException {
        String user = wholeAddress ? account.toString() : account.localPart();
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(user.getBytes(UTF_8));
        request.write(0);
        request.writeBytes(password.octets());
        request.write(0);
        request.writeBytes("Y0\0".getBytes(UTF_8)); // the time of an APOP challenge, which this is not
        if (request.size() > MAX_OCTETS || UnixChkpwd.containsNul(password.octets())) {
            return Verdict.WRONG;
        }
        int status = program.run(command, request.toByteArray());
        return switch (status) {
            case RIGHT -> Verdict.RIGHT;
            case WRONG -> Verdict.WRONG;
            default -> throw new IOException(name + " failed with status " + status);
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
