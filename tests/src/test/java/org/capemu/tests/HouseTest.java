package org.capemu.tests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * The house: {@code policy <- tracer <- emulator <- tests}, {@code native-stubs <- tracer}. Who
 * imports another way breaks it.
 */
@AnalyzeClasses(packages = "org.capemu", importOptions = ImportOption.DoNotIncludeTests.class)
class HouseTest {
  private static final String POLICY = "org.capemu.policy..";
  private static final String NATIVE_STUBS = "org.capemu.nativestubs..";
  private static final String TRACER = "org.capemu.tracer..";
  private static final String ELF = "org.capemu.tracer.elf..";
  private static final String EMULATOR = "org.capemu.emulator..";

  @ArchTest
  static final ArchRule policyKnowsNothingButTheLanguage =
      noClasses()
          .that()
          .resideInAPackage(POLICY)
          .should()
          .dependOnClassesThat(
              JavaClass.Predicates.resideOutsideOfPackages(
                  POLICY,
                  "java.lang..",
                  "java.util..",
                  "java.nio..",
                  "java.io..",
                  "org.jspecify.annotations"));

  /** Its own tables come from its own jar; there is no other input. */
  @ArchTest
  static final ArchRule policyOpensNoFiles =
      noClasses()
          .that()
          .resideInAPackage(POLICY)
          .should()
          .dependOnClassesThat(
              DescribedPredicate.<JavaClass>describe(
                  "reach files or the network",
                  type ->
                      type.getName().startsWith("java.nio.file.")
                          || type.getName().startsWith("java.nio.channels.")
                          || type.getName().startsWith("java.net.")
                          || type.getName().matches("java\\.io\\.(File|RandomAccess).*")));

  /** What a file says does not depend on who runs it, or where. */
  @ArchTest
  static final ArchRule elfFilesNeedNothingElse =
      noClasses()
          .that()
          .resideInAPackage(ELF)
          .should()
          .dependOnClassesThat(JavaClass.Predicates.resideOutsideOfPackages(ELF, "java.."));

  @ArchTest
  static final ArchRule nativeStubsKnowNobody =
      noClasses()
          .that()
          .resideInAPackage(NATIVE_STUBS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(POLICY, TRACER, EMULATOR);

  @ArchTest
  static final ArchRule theTracerDoesNotKnowTheEmulator =
      noClasses()
          .that()
          .resideInAPackage(TRACER)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(EMULATOR);

  /** It sees programs through the tracer only. */
  @ArchTest
  static final ArchRule theEmulatorMakesNoNativeCalls =
      noClasses()
          .that()
          .resideInAPackage(EMULATOR)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(NATIVE_STUBS, "jnr..", "com.kenai..");

  @ArchTest
  static final ArchRule theJvmIsNeverForked =
      noClasses()
          .that()
          .resideInAPackage("org.capemu.tracer.linux..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.lang.ProcessBuilder");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("org.capemu.(*).(*)..").should().beFreeOfCycles();
}
