"""Readers who are slow, readers who leave, requests beyond the limits, and all of it mixed for long."""
import asyncio, collections, random, time
from client import Connection, Failed
from prompts import chat, streamed, words


async def patiently(errors, work):
    """Does something that may fail; counts as what it failed."""
    try:
        await work
    except (Failed, ValueError, KeyError, IndexError) as e:
        errors[str(e) if isinstance(e, Failed) else f'{type(e).__name__}: {e}'[:80]] += 1


async def opened(connection, served, body, most=600):
    """Asks for a stream, and comes again as the server says where it has no room. Gives how often that was."""
    until = time.monotonic() + most
    for times in range(10_000):
        reader = await connection().open()
        try:
            await reader.send('POST', '/v1/chat/completions', body)
            status = await reader.head()
        except Failed:
            reader.close()
            raise
        if status == 200:
            return reader, times
        reader.close()
        wait = reader.headers.get('retry-after')
        if status != 429 or wait is None or time.monotonic() > until:
            raise Failed(f'status {status}' + ('' if wait else ' without Retry-After'))
        await asyncio.sleep(float(wait) * random.uniform(1, 1.5))


async def slow_readers(served, count=1000, seconds=60, tokens=120, errors=None, until=None):
    """
    Each reads 16 bytes every half second out of a buffer of 2 kB, and after a while all that is left: it has to be whole.
    """
    errors = collections.Counter() if errors is None else errors
    until = until or time.monotonic() + seconds
    told = collections.Counter()

    async def read(i):
        reader, refused = await opened(
            lambda: Connection(served.url, served.key, buffer=1024), served, streamed(served, words(i, 20), tokens))
        told['refused'] += refused
        told['opened'] += 1
        try:
            reader.slowly = (16, 0.5)
            async for _, event in reader.events():
                if reader.slowly and time.monotonic() > until:
                    told['stillReading'] += 1
                    reader.hurry()
                if event.get('error'):
                    raise Failed('an error in the stream: ' + event['error'].get('code', '?'))
                if event.get('usage') and event['usage']['completion_tokens'] != tokens:
                    raise Failed('fewer tokens than were asked for')
            told['whole'] += 1
        finally:
            reader.close()

    await asyncio.gather(*(patiently(errors, read(i)) for i in range(count)))
    return {'readers': count, 'openedStreams': told['opened'], 'wholeAnswers': told['whole'],
            'stillReadingSlowlyAtTheEnd': told['stillReading'], 'toldToComeAgain': told['refused'], 'errors': dict(errors)}


async def leavers(served, count=500, together=50, errors=None):
    """Each leaves after a few events, every second one without a goodbye."""
    errors = collections.Counter() if errors is None else errors
    todo, left = list(range(count)), collections.Counter()

    async def leave(i):
        reader, _ = await opened(lambda: Connection(served.url, served.key), served, streamed(served, words(i, 20), 2000))
        try:
            seen = 0
            async for _ in reader.events():
                seen += 1
                if seen == 1 + i % 6:
                    break
            left['left'] += 1
            if i % 2:
                reader.reset()
        finally:
            reader.close()

    async def worker():
        while todo:
            await patiently(errors, leave(todo.pop()))

    await asyncio.gather(*(worker() for _ in range(together)))
    return {'leavers': count, 'left': left['left'], 'errors': dict(errors)}


async def beyond(served, limited, count=2000, hold=600, errors=None):
    """
    Fills the queue and asks on, and asks more often than a key may: all of that has to be refused, and to be told when to
    come again. `limited`: a key that may ask once a minute.
    """
    errors = collections.Counter() if errors is None else errors
    statuses, holding, close = collections.Counter(), [], asyncio.Event()

    async def hold_one(i):
        async with Connection(served.url, served.key) as connection:
            await connection.send('POST', '/v1/chat/completions', streamed(served, words(i, 20), 4000))
            await close.wait()

    async def refused(i, key, where):
        async with Connection(served.url, key) as connection:
            await connection.send('POST', '/v1/chat/completions', chat(served, words(i, 5), 8))
            got = await connection.answer()
        statuses[where, got.status] += 1
        if got.status == 429 and not 1 <= float(got.headers.get('retry-after', 0)) <= 86400:
            raise Failed('429 without a sane Retry-After')
        if got.status == 429 and not got.json()['error']['message']:
            raise Failed('429 without a letter')
        if got.status not in (200, 429):
            raise Failed(f'status {got.status}')

    holding = [asyncio.create_task(hold_one(i)) for i in range(hold)]
    full = time.monotonic() + 60
    while time.monotonic() < full and (await loads(served)).get('ayni_engine_waiting', 0) < min(hold - 64, 512) - 5:
        await asyncio.sleep(0.2)
    by_queue = [refused(i, served.key, 'queue') for i in range(count // 2)]
    by_key = [refused(i, limited, 'key') for i in range(count - count // 2)]
    await asyncio.gather(*(patiently(errors, work) for work in by_queue + by_key))
    close.set()
    await asyncio.gather(*holding)
    return {'requests': count, 'refusedByTheQueue': statuses['queue', 429], 'answeredThere': statuses['queue', 200],
            'refusedByTheKey': statuses['key', 429], 'answeredForTheKey': statuses['key', 200], 'errors': dict(errors)}


async def loads(served):
    """What the server says of itself."""
    try:
        return await asyncio.to_thread(served.measures)
    except OSError as e:
        raise Failed(f'/metrics: {e}') from e
