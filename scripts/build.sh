# Builds Ayni for use; sourced by ./ayni, whose variables it reads: here, home, java, class_path and the options.

# One build at a time: a second start waits for the first one's.
lock_build() {
  mkdir -p "$here/studio/target"
  lock=$here/studio/target/building
  until mkdir "$lock" 2>/dev/null; do
    builder=$(cat "$lock/pid" 2>/dev/null)
    if [ -n "$builder" ] && ! kill -0 "$builder" 2>/dev/null; then
      rm -rf "$lock"
    else
      if [ -z "${waited:-}" ]; then echo "Another start of Ayni is building; waiting for it." >&2; fi
      waited=yes
      sleep 1
    fi
  done
  echo $$ > "$lock/pid"
  trap 'rm -rf "$lock"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

unlock_build() {
  rm -rf "$lock"
  trap - EXIT INT TERM
}

build() {
  if ! command -v mvn >/dev/null 2>&1; then
    cat >&2 <<'LETTER'
Ayni has to be built from its sources, for which it needs Apache Maven 3.8 or newer, and there is no `mvn` on the PATH.
Get it by: apt install maven | dnf install maven | brew install maven | sdk install maven, or from maven.apache.org.
LETTER
    return 1
  fi
  lock_build
  if [ -n "${waited:-}" ] && [ -e "$home/built" ] &&
    [ -z "$(find "$here/pom.xml" "$here"/*/pom.xml "$here"/*/src/main -newer "$home/built" -print 2>/dev/null | head -n 1)" ]; then
    unlock_build
    return 0
  fi
  log=$here/studio/target/build.log
  if [ -e "$home/built" ]; then
    echo "The sources are newer than the build: building Ayni again." >&2
  else
    echo "Building Ayni: a minute at the first start, longer if Maven has to fetch its parts." >&2
  fi
  rm -rf "$home"
  mkdir -p "$home"
  : > "$home/started"
  # Maven 3.8's own libraries warn of things that a later JDK will refuse.
  MAVEN_OPTS="${MAVEN_OPTS:-} --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED" \
    mvn -B -f "$here/pom.xml" -pl studio -am -Dquick -Dmaven.test.skip=true package > "$log" 2>&1 &
  maven=$!
  trap 'kill $maven 2>/dev/null; exit 130' INT
  while kill -0 $maven 2>/dev/null; do
    if [ -t 2 ]; then
      room=$(sed -n 's/^\[INFO\] Building \(Ayni[^[]*\) \[\([0-9]*\)\/\([0-9]*\)\]$/\2 of \3  \1/p' "$log" | tail -n 1)
      printf '\r\033[K  %s' "$room" >&2
    fi
    sleep 0.3
  done
  if [ -t 2 ]; then printf '\r\033[K' >&2; fi
  if ! wait $maven; then
    echo "Ayni could not be built. What Maven said last (all of it: $log):" >&2
    grep '^\[ERROR\]' "$log" | head -n 20 >&2
    unlock_build
    return 1
  fi
  newer_classes
  mv "$home/started" "$home/built"
  unlock_build
}

# picocli's classes are in a form that the JVM's cache of loaded classes leaves out: they are written anew in the present one.
newer_classes() {
  for jar in "$home"/lib/picocli-*.jar; do
    "$java" -XX:TieredStopAtLevel=1 -cp "$home/lib/*" dev.ayni.studio.NewerClasses "$jar" "$jar.new" >> "$log" 2>&1 &&
      mv "$jar.new" "$jar"
    rm -f "$jar.new"
  done
}

# Notes which kernels this machine has without the Vector API: foreign or portable.
note_kernels() {
  "$java" "${common[@]}" -cp "$class_path" dev.ayni.studio.Rehearsal kernels > "$home/kernels" 2>/dev/null
}

# Makes the JVM's cache of loaded classes and profiles, with which Ayni starts two or three times as fast: of the commands
# without a model (light), of those with one (foreign or vector). If that fails, Ayni runs all the same.
train() {
  case $1 in
    light) trained=("${common[@]}" "${light[@]}") ;;
    foreign) trained=("${common[@]}" "${foreign[@]}") ;;
    *) trained=("${common[@]}" "${vector[@]}") ;;
  esac
  : > "$home/$1.tried"
  rm -f "$home/$1.aot"
  AYNI_API_KEY= OTEL_SDK_DISABLED=true \
    "$java" "${trained[@]}" -XX:AOTCacheOutput="$home/$1.new" -cp "$class_path" dev.ayni.studio.Rehearsal "$1" \
    > "$here/studio/target/training-$1.log" 2>&1 &&
    mv "$home/$1.new" "$home/$1.aot"
  rm -f "$home/$1.new" "$home/$1.new.config"
  printf '%s\n' "$JAVA_HOME" > "$home/jdk"
}
