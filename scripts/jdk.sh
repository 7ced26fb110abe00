# Finds a JDK for Ayni. Sourced by ./ayni, ./verify and .ci/run; plain sh, and it starts no program on its way.
#
#   find_jdk    sets JAVA_HOME to a JDK of version AYNI_JDK or newer and returns 0, or returns 1

AYNI_JDK=25

# The feature version of the JDK in $1, from its `release` file, in $jdk_version; 0 if there is none there.
jdk_version_of() {
  jdk_version=0
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
  while IFS= read -r jdk_line || [ -n "$jdk_line" ]; do
    case $jdk_line in
      JAVA_VERSION=*)
        jdk_version=${jdk_line#JAVA_VERSION=}
        jdk_version=${jdk_version#\"}
        jdk_version=${jdk_version%%[!0-9]*}
        [ -n "$jdk_version" ] || jdk_version=0
        return 0 ;;
    esac
  done < "$1/release"
}

jdk_fits() {
  [ -n "$1" ] || return 1
  jdk_version_of "$1"
  [ "$jdk_version" -ge "$AYNI_JDK" ]
}

find_jdk() {
  # What somebody has said comes first, then the lowest version that will do: it is the one that Ayni is tested with.
  for jdk in "${AYNI_JAVA_HOME:-}" "${JAVA_HOME:-}"; do
    if jdk_fits "$jdk"; then JAVA_HOME=$jdk; export JAVA_HOME; return 0; fi
  done
  jdk_found= jdk_found_version=0
  for jdk in /usr/lib/jvm/* /usr/java/* /usr/local/java/* /usr/local/lib/jvm/* /opt/java/* /opt/jdk* /opt/*jdk* \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$HOME"/.jbang/cache/jdks/* "$HOME"/.local/share/mise/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    if jdk_fits "$jdk" && { [ "$jdk_found_version" -eq 0 ] || [ "$jdk_version" -lt "$jdk_found_version" ]; }; then
      jdk_found=$jdk jdk_found_version=$jdk_version
    fi
  done
  if [ -z "$jdk_found" ] && jdk=$(command -v javac 2>/dev/null); then
    jdk=$(readlink -f "$jdk" 2>/dev/null || printf %s "$jdk")
    jdk=${jdk%/bin/javac}
    if jdk_fits "$jdk"; then jdk_found=$jdk; fi
  fi
  [ -n "$jdk_found" ] || return 1
  JAVA_HOME=$jdk_found
  export JAVA_HOME
}

jdk_missing_letter() {
  cat >&2 <<LETTER
Ayni needs a JDK of version $AYNI_JDK or newer (not only a JRE), and none was found: neither in AYNI_JAVA_HOME and
JAVA_HOME${JAVA_HOME:+ ($JAVA_HOME)} nor in the usual places nor on the PATH.
Get one in one of these ways:
  Debian, Ubuntu      apt install openjdk-$AYNI_JDK-jdk      (older releases: the package temurin-$AYNI_JDK-jdk from adoptium.net)
  Fedora, RHEL        dnf install java-$AYNI_JDK-openjdk-devel
  Arch                pacman -S jdk$AYNI_JDK-openjdk
  macOS               brew install openjdk@$AYNI_JDK
  any, no root        SDKMAN! (sdkman.io), then: sdk install java $AYNI_JDK-tem
  by hand             unpack an archive from adoptium.net and set JAVA_HOME to its folder
LETTER
}
