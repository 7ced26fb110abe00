"""Long prompts beside running answers, and beginnings that many prompts have in common."""
import asyncio, random, statistics, time
from client import Connection, Failed, ask

WORDS = ('river stone market window garden letter morning silver captain orange village copper thunder pencil harbor meadow '
         'lantern winter bridge saddle').split()


def words(seed, count):
    chance = random.Random(seed)
    return ' '.join(chance.choice(WORDS) for _ in range(count))


async def text_of(served, tokens, seed):
    """A text of about so many tokens, by what the model itself makes of a sample."""
    sample = words(seed, 400)
    counted = (await ask(served.url, 'POST', '/v1/tokenize', {'model': served.name, 'prompt': sample}, served.key)).json()
    return words(seed, int(tokens * 400 / counted['count']))


def chat(served, text, tokens, system=None, **more):
    messages = ([{'role': 'system', 'content': system}] if system else []) + [{'role': 'user', 'content': text}]
    return {'model': served.name, 'messages': messages, 'max_tokens': tokens, 'temperature': 0, **more}


def streamed(served, text, tokens, system=None, **more):
    return chat(served, text, tokens, system, stream=True, stream_options={'include_usage': True}, ignore_eos=True, **more)


async def long_prompt(served, streams=8, tokens=4000):
    """The longest stall of running answers while a long prompt is read beside them, and their usual pace."""
    came = [[] for _ in range(streams)]
    ready, enough = asyncio.Event(), asyncio.Event()

    async def answer(i):
        async with Connection(served.url, served.key) as connection:
            await connection.send('POST', '/v1/chat/completions', streamed(served, words(i, 40), 4000))
            if await connection.head() != 200:
                raise Failed(f'status {connection.status}')
            async for when, event in connection.events():
                if event.get('choices') and event['choices'][0]['delta'].get('content'):
                    came[i].append(when)
                    if min(len(times) for times in came) >= 60:
                        ready.set()
                if enough.is_set():
                    return

    running = [asyncio.create_task(answer(i)) for i in range(streams)]
    await asyncio.wait([asyncio.create_task(ready.wait()), *running], return_when=asyncio.FIRST_COMPLETED)
    text = await text_of(served, tokens, 1000)
    sent = first = read = None
    async with Connection(served.url, served.key) as connection:
        sent = time.perf_counter()
        await connection.send('POST', '/v1/chat/completions', streamed(served, text, 4))
        if await connection.head() != 200:
            raise Failed(f'status {connection.status}: {(await connection.answer()).body[:300]}')
        async for when, event in connection.events():
            first = first or when
            if event.get('usage'):
                read = event['usage']['prompt_tokens']
    await asyncio.sleep(1)
    enough.set()
    await asyncio.gather(*running)
    gaps = lambda since, until: [b - a for times in came for a, b in zip(times, times[1:]) if b >= since and a <= until]
    before = gaps(min(times[20] for times in came), sent - 1e-9)
    beside = gaps(sent, first)
    usual = statistics.median(before)
    millis = lambda seconds: round(seconds * 1000, 1)
    return {'streams': streams, 'promptTokens': read, 'usualGapMillis': millis(usual), 'longestUsualGapMillis': millis(max(before)),
            'besideGapMillis': millis(statistics.median(beside)), 'longestStallMillis': millis(max(beside)),
            'stallInUsualGaps': round(max(beside) / usual, 1), 'promptReadSeconds': round(first - sent, 2)}


async def shared_beginning(served, requests=100, tokens=1000, together=8):
    """Which part of many prompts is not read, because they begin with the same instructions."""
    system = await text_of(served, tokens, 2000)
    before = served.measures()
    todo, used = list(range(requests)), []

    async def worker():
        while todo:
            i = todo.pop()
            body = chat(served, f'Question {i}: {words(i, 12)}?', 8, system)
            got = await ask(served.url, 'POST', '/v1/chat/completions', body, served.key)
            if got.status != 200:
                raise Failed(f'status {got.status}: {got.body[:300]}')
            used.append(got.json()['usage'])

    await asyncio.gather(*(worker() for _ in range(together)))
    prompts = sum(usage['prompt_tokens'] for usage in used)
    cached = sum(usage['prompt_tokens_details']['cached_tokens'] for usage in used)
    after = served.measures()
    return {'requests': requests, 'together': together, 'promptTokens': prompts, 'cachedTokens': cached,
            'shareSaved': round(cached / prompts, 4),
            'tokensOfEach': round(prompts / requests), 'readByTheModel': int(
                after['ayni_engine_read_tokens'] - before['ayni_engine_read_tokens'])}
