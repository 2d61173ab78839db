"""The PyTorch modules: opcheck, strided tensors against the naive computation, streams, and errors; then errors of the C ABI."""

import importlib.util
import re

from . import abi, patterns
from .build import library_of

#: A module compiles its kernels at its first call.
PATIENCE = 240
MODULES = ("lightCone", "relativeBias", "crossGrid")


def run(run):
    data = {"passed": [], "failed": [], "leftOut": []}
    run.results.data["opcheck"] = data

    def note(record):
        kind = record.pop("kind")
        if kind == "passed":
            data["passed"].append(record["what"])
        else:
            data["leftOut" if kind == "left out" else "failed"].append(record)
            run.say(f"{'LEFT OUT' if kind == 'left out' else 'FAILED'}: {record['what']}: {record['why']}")
        run.results.save()

    run.supervise("opcheck", note, PATIENCE, environment={"MSCC_CACHE_DIR": str(run.folder / "build" / "modules")})
    run.say(f"opcheck: {len(data['passed'])} passed, {len(data['failed'])} failed")
    return not data["failed"]


def _module(worker, name):
    folder = next(each for each in worker.prepared["variants"] if each["name"] == name)["folders"][0]
    path = worker.folder / folder / f"{name}.py"
    if not path.exists():
        raise FileNotFoundError(f"{folder} holds no {name}.py")
    spec = importlib.util.spec_from_file_location(f"mscc_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Tests:
    """Runs tests one by one; what one of them throws is told and the next one runs."""

    def __init__(self, worker):
        self.worker = worker

    def run(self, what, test):
        if what in self.worker.skip:
            return
        if self.worker.left() < 5:
            return self.worker.tell("left out", what=what, why="no time was left")
        self.worker.start(what)
        try:
            test()
            self.worker.tell("passed", what=what)
        except Exception as error:
            self.worker.tell("failed", what=what, why=f"{type(error).__name__}: {error}"[-700:])
        self.worker.finish(what)
        self.worker.tell("completed", what=what)


def _operands(torch, name, entry, dtype=None):
    """Dense operands of a variant, and the keyword arguments of its params and tables."""
    from . import reference

    pattern, params = patterns.PATTERNS[name], entry["params"][0]
    extent = {1: [131], 2: [9, 13], 3: [3, 9, 11]}[pattern.axes]
    key_extent = [extent[0], *(-(-n // params["r"]) for n in extent[1:])] if pattern.is_cross else extent
    dtype = dtype or torch.bfloat16
    q = torch.randn(2, 4, *extent, 64, device="cuda", dtype=dtype)
    k, v = (torch.randn(2, 2, *key_extent, 64, device="cuda", dtype=dtype) for _ in range(2))
    generator = torch.Generator(device="cuda").manual_seed(1)
    tables = reference.tables_for(pattern, extent, 4, params, generator, torch.device("cuda"))
    return q, k, v, {**params, **tables}, {"params": params, "tables": tables}


def _expect_right(torch, name, got, q, k, v, at, lse=None):
    from . import reference

    want = reference.truth(patterns.PATTERNS[name], q, k, v, at, "bf16" if q.dtype == torch.bfloat16 else "f32")
    error = reference.worst(got, want.output, want.allowed)
    assert error <= 1, f"the output is at {error:.3g} of what is allowed"
    if lse is not None:
        error = reference.worst(lse, want.lse, want.allowed_lse)
        assert error <= 1, f"the LSE is at {error:.3g} of what is allowed"


def _expect_error(call, pattern):
    try:
        call()
    except Exception as error:
        assert re.search(pattern, str(error)), f"{type(error).__name__} does not say '{pattern}': {error}"
        return
    raise AssertionError("no exception was raised")


def _recorded(torch, call):
    """The operator of mscc that a call runs, with its arguments, whatever its schema is."""
    from torch.utils._python_dispatch import TorchDispatchMode

    seen = []

    class Record(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            if str(function).startswith("mscc"):
                seen.append((function, args, kwargs or {}))
            return function(*args, **(kwargs or {}))

    with Record():
        call()
    assert seen, "the call ran no operator of mscc"
    return seen[0]


def work(worker):
    import torch

    torch.manual_seed(worker.options.seed)
    tests = Tests(worker)
    for name in MODULES[: 1 if worker.options.quick else None]:
        entry = next(each for each in worker.prepared["variants"] if each["name"] == name)
        held = {}

        def load(name=name, held=held):
            held["module"] = _module(worker, name)
            q, k, v, options, _ = _operands(torch, name, entry)
            held["module"].attention(q, k, v, **options)
            torch.cuda.synchronize()

        load_name = f"{name}: is compiled and runs"
        tests.run(load_name, load)
        if "module" not in held:
            continue
        _module_tests(torch, tests, name, entry, held["module"].attention)
    _abi_tests(torch, tests, worker)


def _module_tests(torch, tests, name, entry, attention):
    q, k, v, options, at = _operands(torch, name, entry)
    swapped = list(range(q.dim()))
    swapped[-1], swapped[-2] = swapped[-2], swapped[-1]

    def opcheck(test):
        operator, args, kwargs = _recorded(torch, lambda: attention(q, k, v, **options))
        torch.library.opcheck(operator, args, kwargs, test_utils=test)

    for test in ("test_schema", "test_autograd_registration", "test_faketensor", "test_aot_dispatch_dynamic"):
        tests.run(f"{name}: opcheck {test}", lambda test=test: opcheck(test))

    def right(q, k, v, **more):
        got, lse = attention(q, k, v, **options, return_lse=True, **more)
        torch.cuda.synchronize()
        _expect_right(torch, name, got, q, k, v, at, lse)

    def transposed(tensor):
        return tensor.transpose(-1, -2).contiguous().transpose(-1, -2)

    def tokens_first(tensor):
        return tensor.movedim(1, -2).contiguous().movedim(-2, 1)

    tests.run(f"{name}: dense equals naive", lambda: right(q, k, v))
    tests.run(f"{name}: float32 equals naive", lambda: right(q.float(), k.float(), v.float()))
    tests.run(f"{name}: transposed equals naive", lambda: right(*map(transposed, (q, k, v))))
    tests.run(f"{name}: tokens first equals naive", lambda: right(*map(tokens_first, (q, k, v))))
    tests.run(f"{name}: sliced equals naive", lambda: right(q[:, 1:3], k[:, 1:], v[:, 1:]))
    tests.run(f"{name}: packed rows equal naive", lambda: right(q, *torch.cat([k, v], -1).split(64, -1)))

    def out():
        given = torch.full_like(q, float("nan"))
        attention(q, k, v, **options, out=given)
        _expect_right(torch, name, given, q, k, v, at)

    def stream():
        side = torch.cuda.Stream()
        with torch.cuda.stream(side):
            torch.cuda._sleep(20_000_000)
            late = q * 2
            got = attention(late, k, v, **options)
        side.synchronize()
        _expect_right(torch, name, got, late, k, v, at)

    def compiled():
        got = torch.compile(lambda a, b, c: attention(a, b, c, **options) * 2, fullgraph=True)(q, k, v)
        _expect_right(torch, name, got / 2, q, k, v, at)

    tests.run(f"{name}: out", out)
    tests.run(f"{name}: runs on the current stream", stream)
    tests.run(f"{name}: torch.compile, one graph", compiled)
    bad = {
        "wrong rank": (lambda: attention(q[0], k, v, **options), "q"),
        "wrong rank of k": (lambda: attention(q, k[0], v, **options), "k"),
        "dtype": (lambda: attention(q.double(), k.double(), v.double(), **options), "q.*float64|dtype"),
        "mixed dtypes": (lambda: attention(q, k.half(), v, **options), "k"),
        "another device": (lambda: attention(q, k.cpu(), v, **options), "k.*cpu"),
        "all on the CPU": (lambda: attention(q.cpu(), k.cpu(), v.cpu(), **options), "cpu|CPU|CUDA"),
        "head dim": (lambda: attention(q[..., :24], k[..., :24], v, **options), "24"),
        "heads": (lambda: attention(q[:, :3], k, v, **options), "heads|head"),
        "batch": (lambda: attention(q[:1], k, v, **options), "batch|axis"),
        "out overlaps q": (lambda: attention(q, k, v, **options, out=q), "output|out|overlap"),
        "out overlaps itself": (lambda: attention(q, k, v, **options, out=q[:1].clone().expand_as(q)), "output|out|overlap"),
        "out of another shape": (lambda: attention(q, k, v, **options, out=q[..., :8].clone()), "out"),
        "no such argument": (lambda: attention(q, k, v, **options, nonsense=1), "nonsense"),
        "an empty tensor": (lambda: attention(q[:, :, :0], k, v, **options), "0"),
    }
    for what, (call, says) in bad.items():
        tests.run(f"{name}: refuses {what}", lambda call=call, says=says: _expect_error(call, says))


def _abi_tests(torch, tests, worker):
    """Errors that only a caller in C can make: each a status and a message that names the operand, and no launch."""
    name = "lightCone"
    entry = next(each for each in worker.prepared["variants"] if each["name"] == name)
    folder = entry["folders"][0]
    library = abi.Library(library_of(worker.folder, folder), (worker.folder / folder / f"{name}.h").read_text(), name)
    q, k, v, _, at = _operands(torch, name, entry)
    output, lse = torch.empty_like(q), torch.empty(q.shape[:-1], device="cuda")

    def change(member, value):
        def apply(args):
            setattr(args, member, value)

        return apply

    def extent(args):
        args.query_extent[0] = -1

    def param(args):
        args.params.frames = 0

    bad = {
        "a null pointer": (change("q", 0), abi.INVALID, "q is NULL"),
        "a misaligned pointer": (change("k", k.data_ptr() + 1), abi.INVALID, "k is at"),
        "a negative extent": (extent, abi.INVALID, "query_extent"),
        "no heads": (change("heads", 0), abi.INVALID, "heads"),
        "heads that do not divide": (change("heads", 3), abi.INVALID, "heads"),
        "output over v": (change("output", v.data_ptr()), abi.INVALID, "output overlaps v"),
        "a param below its bound": (param, abi.INVALID, "frames"),
        "dims that were not compiled": (change("head_dim", 24), abi.UNSUPPORTED, "24"),
        "a dtype that is none": (change("dtype", 7), abi.INVALID, "dtype"),
    }

    def expect(change, want, says):
        args = abi.arguments(library, "bf16", q, k, v, output, lse, at)
        change(args)
        status, message = abi.call(library.forward(), args, torch.cuda.current_stream().cuda_stream)
        assert status == want and says in message, f"status {status}, '{message}'; expected {want}, '{says}'"
        torch.cuda.synchronize()

    for what, given in bad.items():
        tests.run(f"C: {what}", lambda given=given: expect(*given))

    def without_lse():
        args = abi.arguments(library, "bf16", q, k, v, output, None, at)
        status, message = abi.call(library.forward(), args, torch.cuda.current_stream().cuda_stream)
        torch.cuda.synchronize()
        assert status == abi.OK, message
        _expect_right(torch, name, output, q, k, v, at)

    # Last: a kernel that writes through the null pointer ends this process.
    tests.run("C: no LSE", without_lse)
