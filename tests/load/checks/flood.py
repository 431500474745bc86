"""More events than the drive takes: callers wait, or events are dropped and counted. Memory stays where it is either way."""

from checks.log import check_events, read_log
from checks.system import mib, resident
from checks.writer import Failed, Sampler, Writer, needs, read_by_the_log

PRODUCERS = 8
FLAT = 32 << 20  # bytes that memory may move, once warm
WARM = 0.25  # of the run: code is compiled, the collector has found its size
LEAST_SAMPLES = 8


def block(context, each):
    figures, log = flood(context, each, {"WhenFull": "Block", "BlockTimeout": "1m"})
    return verdict(check_flood(figures, log, each) + check_block(figures), figures, log)


def drop(context, each, delay_ms):
    """A drive that takes 1 MiB each so many ms at most: strace holds each write back."""
    needs("strace")
    slow = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=pwritev2",
            "-e", f"inject=pwritev2:delay_enter={delay_ms * 1000}"]
    figures, log = flood(context, each, {"WhenFull": "Drop"}, slow)
    return verdict(check_flood(figures, log, each) + check_drop(figures), figures, log)


def flood(context, each, settings, before=()):
    directory = context.work / "log"
    writer = Writer(context, directory, {"Fsync": "Batch", "BufferBytes": "4MiB", "RetainBytes": "none", **settings}, before,
                    door="logger", threads=PRODUCERS, events=each)
    pid = writer.pid
    if before:  # the writer is a child of what holds its writes back
        pid = int(open(f"/proc/{pid}/task/{pid}/children").read().split()[0])
    with Sampler(lambda: resident(pid), context.args.sample) as rss:
        said = writer.wait("logged", 1800)
    closed = writer.close()
    log = read_log(directory)
    figures = {"seconds": said["seconds"], "dropped": closed["meter"].get("durablesink.events.dropped", 0), "durable": closed["durable"],
               "last": closed["last"], "notices": closed["notices"], "rss": [value for _, value in rss.samples],
               "read": read_by_the_log(context, directory)}
    return figures, log


def check_flood(figures, log, each):
    faults = check_events(log, PRODUCERS, each, figures["dropped"])
    if not figures["durable"] == figures["last"] == log.last:
        faults.append(f"accepted up to {figures['last']}, durable up to {figures['durable']}, in the log up to {log.last}")
    if figures["read"]["events"] != log.events:
        faults.append(f"the log's own reader finds {figures['read']} of {log.events} events")
    warm = warmed(figures["rss"])
    if len(warm) < LEAST_SAMPLES:
        faults.append(f"only {len(figures['rss'])} samples of the memory: too short a run to show anything of it")
    elif max(warm) - min(warm) > FLAT:
        faults.append(f"memory moved by {mib(max(warm) - min(warm))}, more than {mib(FLAT)}")
    return faults


def check_block(figures):
    return [f"{figures['dropped']:.0f} events were dropped, none was to be"] if figures["dropped"] else []


def check_drop(figures):
    faults = []
    if not figures["dropped"]:
        faults.append("nothing was dropped, so nothing was shown")
    if not figures["notices"].get("EventsDropped"):
        faults.append(f"nobody was told of dropped events; notices: {figures['notices']}")
    return faults


def warmed(samples):
    return samples[int(len(samples) * WARM):]


def verdict(faults, figures, log):
    warm = warmed(figures["rss"]) or [0]
    logged = log.events + figures["dropped"]
    told = (f"{logged:,.0f} events logged by {PRODUCERS} threads in {figures['seconds']:.1f} s ({logged / figures['seconds']:,.0f}/s): "
            f"{log.events:,} in the log ({mib(log.bytes)}, {log.segments} segments), {figures['dropped']:,.0f} counted dropped, sequence 1 to "
            f"{log.last:,}; memory {mib(min(warm))} to {mib(max(warm))}, moved by {mib(max(warm) - min(warm))} in {len(warm)} samples after warm-up"
            + (f"; {figures['notices'].get('EventsDropped', 0)} notices that events are dropped" if figures["dropped"] else ""))
    if faults:
        raise Failed("; ".join(faults[:6]) + f"; {told}")
    return told
