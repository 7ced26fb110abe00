"""What a server of many people sees in a day, in some minutes: every protocol, every kind of reader, and mistakes."""
import asyncio, collections, json, random, time
from client import Connection, Failed, ask, upload
from prompts import chat, streamed, words
from readers import beyond, leavers, loads, patiently, slow_readers

SCHEMA = {'type': 'object', 'additionalProperties': False, 'required': ['name', 'count'],
          'properties': {'name': {'type': 'string', 'maxLength': 12}, 'count': {'type': 'integer', 'minimum': 0, 'maximum': 99}}}


class Mixed:
    def __init__(self, served, limited, embedder=None):
        self.served, self.limited, self.embedder = served, limited, embedder
        self.errors, self.done = collections.Counter(), collections.Counter()
        self.chance = random.Random(7)

    async def post(self, path, body, expected=200):
        got = await ask(self.served.url, 'POST', path, body, self.served.key)
        if got.status != expected:
            raise Failed(f'{path}: status {got.status}, not {expected}: {got.body[:120]!r}')
        return got.json()

    def question(self, most=60):
        return words(self.chance.random(), self.chance.randrange(3, most))

    async def stream(self):
        tokens = self.chance.randrange(2, 50)
        system = words(1, 150) if self.chance.random() < 0.5 else None
        async with Connection(self.served.url, self.served.key) as connection:
            await connection.send('POST', '/v1/chat/completions', streamed(
                self.served, self.question(300), tokens, system, seed=self.chance.randrange(1000)))
            if await connection.head() != 200:
                raise Failed(f'stream: status {connection.status}')
            last = None
            async for _, event in connection.events():
                last = event
        if not last or last['usage']['completion_tokens'] != tokens:
            raise Failed(f'stream: not as long as was asked for: {last}'[:120])

    async def whole(self):
        got = await self.post('/v1/chat/completions', chat(self.served, self.question(), 12, n=2, logprobs=True, top_logprobs=2))
        if len(got['choices']) != 2:
            raise Failed('whole: not two answers')

    async def shaped(self):
        got = await self.post('/v1/chat/completions', chat(self.served, 'Name a thing and count it.', 60, response_format={
            'type': 'json_schema', 'json_schema': {'name': 'thing', 'strict': True, 'schema': SCHEMA}}))
        if got['choices'][0]['finish_reason'] == 'stop' and set(json.loads(got['choices'][0]['message']['content'])) != {'name', 'count'}:
            raise Failed('shaped: not in its shape')

    async def text(self):
        await self.post('/v1/completions', {'model': self.served.name, 'prompt': self.question(), 'max_tokens': 8})

    async def message(self):
        got = await self.post('/v1/messages', {'model': self.served.name, 'max_tokens': 8,
                                               'messages': [{'role': 'user', 'content': self.question()}]})
        if got['usage']['output_tokens'] < 1:
            raise Failed('message: nothing was said')

    async def ollama(self):
        async with Connection(self.served.url, self.served.key) as connection:
            await connection.send('POST', '/api/chat', {'model': self.served.name, 'options': {'num_predict': 8},
                                                        'messages': [{'role': 'user', 'content': self.question()}]})
            if await connection.head() != 200:
                raise Failed(f'ollama: status {connection.status}')
            text = b''.join([piece async for piece in connection.pieces()])
        if not json.loads(text.splitlines()[-1])['done']:
            raise Failed('ollama: not done')

    async def background(self):
        made = await self.post('/v1/responses', {'model': self.served.name, 'input': self.question(), 'max_output_tokens': 400,
                                                 'background': True})
        await asyncio.sleep(self.chance.random())
        got = await self.post(f'/v1/responses/{made["id"]}/cancel', {})
        if got['status'] not in ('cancelled', 'completed', 'incomplete'):
            raise Failed('background: ' + got['status'])
        gone = await ask(self.served.url, 'DELETE', f'/v1/responses/{made["id"]}', key=self.served.key)
        if gone.status != 200:
            raise Failed(f'background: deleting gives {gone.status}')

    async def tokens(self):
        await self.post('/v1/tokenize', {'model': self.served.name, 'prompt': self.question(300)})

    async def vectors(self):
        got = await self.post('/v1/embeddings', {'model': self.embedder, 'input': [self.question() for _ in range(8)]})
        if len(got['data']) != 8:
            raise Failed('vectors: not eight')

    async def batch(self):
        lines = [json.dumps({'custom_id': str(i), 'method': 'POST', 'url': '/v1/chat/completions',
                             'body': chat(self.served, self.question(), 2)}) for i in range(3)]
        body, kind = upload('in.jsonl', 'batch', '\n'.join(lines).encode())
        file = (await ask(self.served.url, 'POST', '/v1/files', body, self.served.key, kind)).json()['id']
        made = await self.post('/v1/batches', {'input_file_id': file, 'endpoint': '/v1/chat/completions', 'completion_window': '24h'})
        until = time.monotonic() + 600
        while made['status'] not in ('completed', 'failed', 'expired', 'cancelled'):
            if time.monotonic() > until:
                raise Failed('batch: not done within ten minutes')
            await asyncio.sleep(1)
            made = (await ask(self.served.url, 'GET', '/v1/batches/' + made['id'], key=self.served.key)).json()
        if made['request_counts'] != {'total': 3, 'completed': 3, 'failed': 0}:
            raise Failed(f'batch: {made["request_counts"]}')
        for id_ in (file, made['output_file_id']):
            await ask(self.served.url, 'DELETE', '/v1/files/' + id_, key=self.served.key)

    async def mistake(self):
        wrong = self.chance.choice([
            {'messages': 'none'}, {'model': 7}, {'temperature': 'hot'}, {'max_tokens': -1}, {'tools': [{}]}, {'nonsense': 1}])
        await self.post('/v1/chat/completions', {**chat(self.served, 'x', 1), **wrong}, expected=400)

    async def watch(self):
        await loads(self.served)
        await asyncio.sleep(1)

    async def slow(self):
        got = await slow_readers(self.served, 40, 20, 60, errors=self.errors)
        self.done['slow readers'] += got['wholeAnswers']

    async def leaving(self):
        self.done['leavers'] += (await leavers(self.served, 20, 4, errors=self.errors))['left']
        await asyncio.sleep(2)

    async def too_many(self):
        got = await beyond(self.served, self.limited, 200, 0, errors=self.errors)
        self.done['refused'] += got['refusedByTheQueue'] + got['refusedByTheKey']
        await asyncio.sleep(20)

    async def run(self, seconds):
        """Gives what the process took, every few seconds."""
        until = time.monotonic() + seconds
        kinds = [self.stream] * 6 + [self.whole, self.shaped, self.text, self.message, self.ollama, self.background, self.tokens,
                                     self.batch, self.mistake, self.watch, self.slow, self.leaving, self.too_many]
        if self.embedder:
            kinds.append(self.vectors)

        async def worker(kind):
            while time.monotonic() < until:
                before = sum(self.errors.values())
                await patiently(self.errors, kind())
                if sum(self.errors.values()) == before:
                    self.done[kind.__name__] += 1
                else:
                    await asyncio.sleep(1)

        samples, began = [], time.monotonic()

        async def sample():
            while True:
                samples.append((round(time.monotonic() - began), await asyncio.to_thread(self.served.process_measures)))
                await asyncio.sleep(5)

        sampling = asyncio.create_task(sample())
        await asyncio.gather(*(worker(kind) for kind in kinds))
        sampling.cancel()
        return samples


def growth(samples):
    """Megabytes a minute by which resident memory grew in the second half, by least squares."""
    half = [(second / 60, taken['residentMb']) for second, taken in samples[len(samples) // 2:] if taken['residentMb']]
    if len(half) < 2:
        return None
    mean_x, mean_y = (sum(values) / len(half) for values in zip(*half))
    return round(sum((x - mean_x) * (y - mean_y) for x, y in half) / sum((x - mean_x) ** 2 for x, _ in half), 2)
