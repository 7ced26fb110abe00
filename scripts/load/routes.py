"""Conversations through a balancer before two servers: how much of their prompts is not read again."""
import asyncio, os, random, socket, subprocess, tempfile, time, urllib.request
from client import Failed, ask
from prompts import chat, words
from served import HERE

IN_TURN = '''
defaults
  mode http
  timeout connect 5s
  timeout client 75s
  timeout server 1h
frontend requests
  bind "${AYNI_LISTEN}"
  default_backend servers
'''


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Balancer:
    """HAProxy, with the settings of this project or with none but the servers in turn."""

    def __init__(self, servers, by_beginning):
        self.servers, self.by_beginning = servers, by_beginning

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        port = free_port()
        self.url = f'http://127.0.0.1:{port}'
        settings = os.path.join(HERE, 'deploy', 'haproxy.cfg')
        if not self.by_beginning:
            settings = self.write('in-turn.cfg', IN_TURN)
        backend = ['backend servers', *(f'  server s{i} {server.url.split("//")[1]}' for i, server in enumerate(self.servers))]
        servers = self.write('servers.cfg', '\n'.join(backend) + '\n')
        self.process = subprocess.Popen(['haproxy', '-f', settings, '-f', servers],
                                        env=dict(os.environ, AYNI_LISTEN=f'127.0.0.1:{port}'))
        for _ in range(200):
            try:
                if urllib.request.urlopen(self.url + '/ready', timeout=5).status == 200:
                    return self
            except OSError:
                time.sleep(0.1)
        raise SystemExit('HAProxy does not pass on what it is asked; what it said stands above.')

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, 'w') as file:
            file.write(text)
        return path

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


async def conversations(url, served, seed, count=16, turns=4):
    """Everybody has instructions of their own and asks again and again; gives the tokens of prompts, and those not read again."""
    used = []

    async def converse(i):
        messages = [{'role': 'system', 'content': words(f'{seed} {i}', 150)}]
        for turn in range(turns):
            messages.append({'role': 'user', 'content': words(f'{seed} {i} {turn}', 20)})
            body = {**chat(served, '', 12), 'messages': messages}
            got = await ask(url, 'POST', '/v1/chat/completions', body, served.key)
            if got.status != 200:
                raise Failed(f'status {got.status}: {got.body[:200]!r}')
            answer = got.json()
            used.append(answer['usage'])
            messages.append({'role': 'assistant', 'content': answer['choices'][0]['message']['content']})
            await asyncio.sleep(random.uniform(0, 0.5))

    await asyncio.gather(*(converse(i) for i in range(count)))
    return sum(u['prompt_tokens'] for u in used), sum(u['prompt_tokens_details']['cached_tokens'] for u in used)


def compare(one, two):
    found = {}
    for name, by_beginning, seed in (('inTurn', False, 1), ('byBeginning', True, 2)):
        before = [server.measures().get('ayni_tokens_prompt_total', 0) for server in (one, two)]
        with Balancer([one, two], by_beginning) as balancer:
            prompts, cached = asyncio.run(conversations(balancer.url, one, seed))
        after = [server.measures().get('ayni_tokens_prompt_total', 0) for server in (one, two)]
        found[name] = {'promptTokens': prompts, 'cachedTokens': cached, 'shareSaved': round(cached / prompts, 3),
                       'tokensOfEachServer': [int(b - a) for a, b in zip(before, after)]}
    return found
