"""A server that is killed again and again while it works, and what is left of what it promised."""
import asyncio, collections, hashlib, json, random, sqlite3, subprocess, time, uuid
from client import Failed, ask, upload, Connection
from prompts import chat, streamed, words

LINES = 6


class Promises:
    """What a client was told, and may rely on from then on."""

    def __init__(self):
        self.files, self.batches, self.requests, self.failures = {}, {}, {}, collections.Counter()


async def again(promises, work):
    """Without end, until the server is gone."""
    while True:
        try:
            await work()
        except Failed as e:
            if 'status' in str(e):
                promises.failures[str(e)] += 1
            if 'no connection' in str(e):
                return


def json_of(answer):
    if answer.status != 200:
        raise Failed(f'status {answer.status}: {answer.body[:200]!r}')
    return answer.json()


async def hand_in(served, name, purpose, content):
    body, kind = upload(name, purpose, content)
    return json_of(await ask(served.url, 'POST', '/v1/files', body, served.key, kind))['id']


async def a_file(served, promises):
    content = random.randbytes(random.randrange(60_000))
    promises.files[await hand_in(served, 'f', 'user_data', content)] = hashlib.sha256(content).hexdigest()
    await asyncio.sleep(0.02)


async def a_batch(served, promises):
    names = [f'c{i}' for i in range(LINES)]
    lines = [json.dumps({'custom_id': name, 'method': 'POST', 'url': '/v1/chat/completions',
                         'body': chat(served, words(random.random(), 5), 2)}) for name in names]
    file = await hand_in(served, 'in.jsonl', 'batch', '\n'.join(lines).encode())
    made = json_of(await ask(served.url, 'POST', '/v1/batches', {
        'input_file_id': file, 'endpoint': '/v1/chat/completions', 'completion_window': '24h'}, served.key))
    promises.batches[made['id']] = names
    await asyncio.sleep(0.3)


async def a_request(served, promises):
    id_ = uuid.uuid4().hex
    text = words(random.random(), 5)
    if random.random() < 0.5:
        got = json_of(await ask(served.url, 'POST', '/v1/chat/completions', chat(served, text, 3), served.key,
                                headers=[('x-request-id', id_)]))
        usage = got['usage']
    else:
        async with Connection(served.url, served.key) as connection:
            await connection.send('POST', '/v1/chat/completions', streamed(served, text, 3), headers=[('x-request-id', id_)])
            if await connection.head() != 200:
                raise Failed(f'status {connection.status}')
            usage = [event['usage'] async for _, event in connection.events() if event.get('usage')][-1]
    promises.requests[id_] = usage['prompt_tokens'], usage['completion_tokens']


async def work(served, promises, seconds):
    """All of it side by side; after a while the server is killed."""
    kinds = [a_file, a_batch] + [a_request] * 6
    workers = [asyncio.create_task(again(promises, lambda kind=kind: kind(served, promises))) for kind in kinds]
    await asyncio.sleep(seconds)
    await asyncio.to_thread(served.kill)
    await asyncio.wait_for(asyncio.gather(*workers), 60)


def killed(served, times):
    """Kills it so often, two of three times at work, one of three while it starts and takes over."""
    promises, starting = Promises(), 3.0
    for i in range(times):
        if i % 3 == 2:
            served.begin()
            time.sleep(random.uniform(0, 1.3 * starting))
            served.kill()
        else:
            served.start()
            starting = time.perf_counter() - served.began
            asyncio.run(work(served, promises, random.uniform(0.1, 6)))
    return promises


async def all_of(served, path):
    """All entries of a list that comes in pages."""
    found, after = [], ''
    while True:
        page = json_of(await ask(served.url, 'GET', f'{path}?limit=100{after}', key=served.key))
        found += page['data']
        if not page.get('has_more'):
            return found
        after = '&after=' + found[-1]['id']


async def lost(served, promises, seconds=900):
    """What was promised and is not there, or is there twice; asked from a server that was started once more."""
    wrong = []
    until = time.monotonic() + seconds
    while True:
        batches = {batch['id']: batch for batch in await all_of(served, '/v1/batches')}
        open_ = [batch for batch in batches.values() if batch['status'] not in ('completed', 'failed', 'expired', 'cancelled')]
        if not open_ or time.monotonic() > until:
            break
        await asyncio.sleep(0.5)
    wrong += [f'batch {id_} is not there' for id_ in promises.batches.keys() - batches.keys()]
    wrong += [f'batch {batch["id"]} is still {batch["status"]}' for batch in open_]
    answers = 0
    for id_, batch in batches.items():
        if batch['status'] != 'completed' or not batch.get('output_file_id'):
            wrong.append(f'batch {id_} is {batch["status"]}: {batch.get("errors")} {batch["request_counts"]}')
            continue
        output = await ask(served.url, 'GET', f'/v1/files/{batch["output_file_id"]}/content', key=served.key)
        lines = [json.loads(line) for line in output.body.splitlines()]
        names = sorted(line['custom_id'] for line in lines if line['response']['status_code'] == 200)
        answers += len(lines)
        if names != [f'c{i}' for i in range(LINES)]:
            wrong.append(f'batch {id_} has lines {names}')
    for id_, digest in promises.files.items():
        got = await ask(served.url, 'GET', f'/v1/files/{id_}/content', key=served.key)
        if got.status != 200 or hashlib.sha256(got.body).hexdigest() != digest:
            wrong.append(f'file {id_} is lost or another: status {got.status}')
    return wrong, {'batches': len(batches), 'batchLines': answers}


def rows(database, query):
    if database.startswith('postgres'):
        done = subprocess.run(['psql', '-X', '-q', '-A', '-t', '-F', '\t', '-c', query, database],
                              capture_output=True, text=True, check=True)
        return [tuple(line.split('\t')) for line in done.stdout.splitlines()]
    with sqlite3.connect(database) as connection:
        return [tuple(str(value) for value in row) for row in connection.execute(query)]


def account(database, promises, batch_lines):
    """What is wrong with the account, after the server was stopped."""
    wrong = []
    found = collections.defaultdict(list)
    for id_, state, prompt, answer in rows(database, """
            select r.request_id, r.state, l.prompt_tokens, l.answer_tokens
            from ledger_request r join ledger_line l on l.request = r.id"""):
        found[id_].append((state, int(prompt), int(answer)))
    for id_, (prompt, answer) in promises.requests.items():
        if found.get(id_) != [('done', prompt, answer)]:
            wrong.append(f'request {id_} was answered with {prompt} + {answer} tokens; the account has {found.get(id_)}')
    of_batches = {id_: lines for id_, lines in found.items() if id_.startswith('batch_req_')}
    wrong += [f'{id_} stands {len(lines)} times in the account' for id_, lines in of_batches.items() if len(lines) != 1]
    if len(of_batches) != batch_lines:
        wrong.append(f'{batch_lines} lines of batches were answered; the account has {len(of_batches)}')
    (begun,), = rows(database, "select count(*) from ledger_request where state = 'begun'")
    if begun != '0':
        wrong.append(f'{begun} requests are begun in the account and never ended')
    (lines, days), = rows(database, """
        select (select coalesce(sum(prompt_tokens + answer_tokens), 0) from ledger_line),
               (select coalesce(sum(prompt_tokens + answer_tokens), 0) from ledger_day)""")
    if lines != days:
        wrong.append(f'the lines of the account say {lines} tokens, its days {days}')
    return wrong, {'ledgerLines': sum(map(len, found.values())), 'tokens': int(lines)}


def kill_and_count(served, times):
    promises = killed(served, times)
    served.start()
    wrong, kept = asyncio.run(lost(served, promises))
    served.end()
    more, charged = account(served.database, promises, kept['batchLines'])
    found = {'kills': times, 'promised': {'files': len(promises.files), 'batches': len(promises.batches),
                                         'answeredRequests': len(promises.requests)},
             'found': {**kept, **charged}, 'lostOrDoubled': len(wrong + more), 'refusals': dict(promises.failures)}
    return found, wrong + more
