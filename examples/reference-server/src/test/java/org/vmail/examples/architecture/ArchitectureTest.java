package org.vmail.examples.architecture;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The arrows of docs/architecture.md. This module is the one place that sees all of the others. */
class ArchitectureTest {
    /** Bottom up: a package may use those that stand before it. */
    private static final List<String> ORDER = List.of(
            "org.vmail.internal",
            "org.vmail.address",
            "org.vmail.net",
            "org.vmail.net.internal",
            "org.vmail.dns.internal",
            "org.vmail.domain",
            "org.vmail.directory",
            "org.vmail.directory.jdbc",
            "org.vmail.auth",
            "org.vmail.auth.internal",
            "org.vmail.mailbox",
            "org.vmail.mailbox.internal",
            "org.vmail.mailbox.memory",
            "org.vmail.mailbox.maildir",
            "org.vmail.mailbox.mbox",
            "org.vmail.chain",
            "org.vmail.pop3",
            "org.vmail.delivery",
            "org.vmail.delivery.lmtp",
            "org.vmail.delivery.relay",
            "org.vmail.delivery.reply",
            "org.vmail.examples.server");

    private static final List<String> LIBRARIES = List.of(
            "java.",
            "javax.crypto.",
            "javax.naming.",
            "javax.net.",
            "javax.security.",
            "javax.sql.",
            "org.slf4j.",
            "org.jspecify.");
    private static final String GUAVA = "com.google.common.";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("org.vmail");

    @Test
    void packagesUseOnlyThoseBelowThem() {
        assertThat(CLASSES.stream().map(JavaClass::getPackageName).collect(toSet()))
                .describedAs("every package has its place in the order")
                .isEqualTo(Set.copyOf(ORDER));
        assertNone(dependencies()
                .filter(arrow -> isOurs(arrow.to()))
                .filter(arrow -> ORDER.indexOf(arrow.to().getPackageName())
                        > ORDER.indexOf(arrow.from().getPackageName())));
    }

    @Test
    void packagesFormNoCircle() {
        slices().matching("org.vmail.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void pop3AndDeliveryNeverSeeEachOther() {
        assertNone(dependencies()
                .filter(arrow -> arrow.from().getPackageName().startsWith("org.vmail.delivery"))
                .filter(arrow -> arrow.to().getPackageName().startsWith("org.vmail.pop3")));
    }

    @Test
    void nothingInTheLibraryUsesAMailboxFormat() {
        Set<String> formats = Set.of("org.vmail.mailbox.maildir", "org.vmail.mailbox.mbox", "org.vmail.mailbox.memory");
        assertNone(dependencies()
                .filter(arrow -> isLibrary(arrow.from()))
                .filter(arrow -> formats.contains(arrow.to().getPackageName()))
                .filter(arrow ->
                        !arrow.to().getPackageName().equals(arrow.from().getPackageName())));
    }

    @Test
    void theLibraryRunsOnSlf4jAndGuavaAlone() {
        assertNone(dependencies()
                .filter(arrow -> isLibrary(arrow.from()) && !isOurs(arrow.to()))
                .filter(arrow -> !arrow.to().getBaseComponentType().isPrimitive())
                .filter(arrow -> !arrow.to().getBaseComponentType().getName().startsWith(GUAVA))
                .filter(arrow -> LIBRARIES.stream()
                        .noneMatch(prefix ->
                                arrow.to().getBaseComponentType().getName().startsWith(prefix))));
    }

    @Test
    void theExamplesUseThePublicApiAlone() {
        assertNone(dependencies()
                .filter(arrow -> !isLibrary(arrow.from()))
                .filter(arrow ->
                        isOurs(arrow.to()) && arrow.to().getPackageName().endsWith("internal")));
    }

    @Test
    void everyPackageIsNullMarked() throws ReflectiveOperationException {
        for (String name : ORDER) {
            assertThat(Class.forName(name + ".package-info").isAnnotationPresent(NullMarked.class))
                    .describedAs(name)
                    .isTrue();
        }
    }

    @Test
    void noGuavaTypeIsOnAPublicSignature() {
        Set<String> found = new TreeSet<>();
        CLASSES.stream().filter(ArchitectureTest::isApi).forEach(type -> {
            Stream<JavaType> ofType = Stream.concat(type.getInterfaces().stream(), type.getSuperclass().stream());
            Stream<JavaType> ofFields = type.getFields().stream()
                    .filter(ArchitectureTest::isVisible)
                    .map(JavaField::getType);
            Stream<JavaType> ofCode = type.getCodeUnits().stream()
                    .filter(ArchitectureTest::isVisible)
                    .flatMap(code -> Stream.concat(Stream.of(code.getReturnType()), code.getParameterTypes().stream()));
            Stream.of(ofType, ofFields, ofCode)
                    .flatMap(types -> types)
                    .flatMap(used -> used.getAllInvolvedRawTypes().stream())
                    .filter(used -> used.getName().startsWith(GUAVA))
                    .forEach(used -> found.add(type.getName() + " shows " + used.getName()));
        });
        assertThat(found).isEmpty();
    }

    private record Arrow(JavaClass from, JavaClass to) {}

    private static Stream<Arrow> dependencies() {
        return CLASSES.stream()
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream()
                        .map(dependency -> new Arrow(dependency.getOriginClass(), dependency.getTargetClass())));
    }

    private static void assertNone(Stream<Arrow> arrows) {
        assertThat(arrows.map(arrow ->
                                arrow.from().getName() + " -> " + arrow.to().getName())
                        .distinct())
                .isEmpty();
    }

    private static boolean isOurs(JavaClass type) {
        return type.getBaseComponentType().getPackageName().startsWith("org.vmail");
    }

    private static boolean isLibrary(JavaClass type) {
        return !type.getPackageName().startsWith("org.vmail.examples");
    }

    private static boolean isApi(JavaClass type) {
        return isLibrary(type)
                && !type.getPackageName().endsWith("internal")
                && type.getModifiers().contains(JavaModifier.PUBLIC);
    }

    private static boolean isVisible(JavaField field) {
        return isVisible(field.getModifiers());
    }

    private static boolean isVisible(JavaCodeUnit code) {
        return isVisible(code.getModifiers());
    }

    private static boolean isVisible(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }
}
