"""A server of our own: started, measured, stopped, killed."""
import os, re, shutil, subprocess, sys, tempfile, time, urllib.request

HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def home_in(folder):
    """A folder of Ayni's own with the models of this user's, so that nothing else of the user's is touched."""
    real, home = os.environ.get('AYNI_HOME') or os.path.expanduser('~/.ayni'), os.path.join(folder, 'home')
    os.mkdir(home)
    for name in ('blobs', 'created', 'licences.json', 'manifests', 'models'):
        if os.path.exists(os.path.join(real, name)):
            os.symlink(os.path.join(real, name), os.path.join(home, name))
    return home


class Served:
    """`ayni serve` on a free port, with a home of its own in a folder that goes with it, and a database unless told another."""

    def __init__(self, model, *options, database=None, key=None, ayni=None):
        self.model, self.options, self.key = model, options, key
        self.process = None
        self.ayni = ayni or os.path.join(HERE, 'ayni')
        self.folder = tempfile.mkdtemp(prefix='ayni-load-')
        self.home = home_in(self.folder)
        self.database = database or os.path.join(self.folder, 'server.db')
        self.log = os.path.join(self.folder, 'server.log')
        self.name = re.sub(r'\.gguf$', '', os.path.basename(model))

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def start(self):
        """Starts it, and waits until it is ready."""
        self.began = time.perf_counter()
        self.begin()
        self.url = self.wait(lambda: self.said(r'listening on (http\S+)'), 'did not listen')
        self.wait(self.ready, 'did not get ready')
        return self

    def environment(self):
        return dict(os.environ, AYNI_DATABASE=self.database, AYNI_HOME=self.home)

    def begin(self):
        with open(self.log, 'ab') as log:
            self.from_ = log.tell()
            self.process = subprocess.Popen(
                [self.ayni, 'serve', self.model, '--port', '0', '--quiet', *self.options],
                stdout=log, stderr=log, env=self.environment())

    def said(self, pattern):
        with open(self.log, 'rb') as log:
            log.seek(self.from_)
            found = re.search(pattern, log.read().decode(errors='replace'))
        return found and found.group(1)

    def wait(self, there, letter, seconds=600):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := there():
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        with open(self.log, errors='replace') as log:
            raise SystemExit(f'The server {letter}. The end of what it said:\n' + log.read()[-3000:])

    def ready(self):
        try:
            return urllib.request.urlopen(self.url + '/ready', timeout=10).status == 200
        except OSError:
            return False

    def keys(self, *command):
        """Runs `ayni keys` on the server's database."""
        done = subprocess.run([self.ayni, 'keys', *command], capture_output=True, text=True,
                              env=self.environment())
        if done.returncode:
            raise SystemExit(done.stderr)
        return done.stdout.strip()

    def __exit__(self, kind=None, *_):
        if kind and os.path.exists(self.log):
            print('The end of what the server said:\n' + self.said(r'(?s)(.{0,3000})$'), file=sys.stderr)
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def end(self):
        """Ends it in order; what it keeps stays."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def get(self, path):
        asked = urllib.request.Request(self.url + path, headers={'Authorization': 'Bearer ' + self.key} if self.key else {})
        with urllib.request.urlopen(asked, timeout=120) as answer:
            return answer.read().decode()

    def measures(self):
        """The server's gauges and counters; of those that are told by model, this one's."""
        found = {}
        for name, labels, value in re.findall(r'^(ayni_\w+)(\{.*?\})? (\S+)$', self.get('/metrics'), re.M):
            if 'model=' not in labels or f'model="{self.name}"' in labels:
                found[name] = float(value)
        return found

    def process_measures(self):
        """Resident memory in MB, open files, and threads of the system, where the system tells them (Linux)."""
        pid = self.process.pid
        try:
            with open(f'/proc/{pid}/status') as status:
                text = status.read()
            return {'residentMb': round(int(re.search(r'VmRSS:\s+(\d+)', text).group(1)) / 1024, 1),
                    'openFiles': len(os.listdir(f'/proc/{pid}/fd')),
                    'threads': int(re.search(r'Threads:\s+(\d+)', text).group(1))}
        except OSError:
            return {'residentMb': None, 'openFiles': None, 'threads': None}

    def at_rest(self, seconds=120):
        """Waits until nobody is answered; gives what is measured then."""
        until = time.monotonic() + seconds
        while True:
            found = self.measures()
            rests = found['ayni_http_requests_under_way'] <= 1 and not any(
                found.get('ayni_engine_' + what, 0) for what in ('running', 'waiting', 'pages_used'))
            if rests or time.monotonic() > until:
                return {'rests': rests, **self.process_measures(),
                        'underWay': int(found['ayni_http_requests_under_way']) - 1,  # without the one that asks
                        **{what: int(found.get('ayni_engine_' + name, 0)) for what, name in (
                            ('running', 'running'), ('waiting', 'waiting'), ('pagesUsed', 'pages_used'),
                            ('pagesCached', 'pages_cached'), ('pagesLost', 'pages_lost'))}}
            time.sleep(0.5)
