/** The part of a PyTorch module that compiles the kernels beside it with nvcc, and loads what comes of it. The same for every variant. */

export const PYTHON_LIBRARY = `def _nvcc():
    """The path of nvcc: MSCC_NVCC, CUDA_HOME, CUDA_PATH, the search path, /usr/local/cuda."""
    named = os.environ.get("MSCC_NVCC")
    homes = [os.environ.get(name) for name in ("CUDA_HOME", "CUDA_PATH")]
    tried = [named] if named else [os.path.join(home, "bin", "nvcc") for home in homes if home] + ["nvcc", "/usr/local/cuda/bin/nvcc"]
    for path in tried:
        found = shutil.which(path)
        if found:
            return found
    raise RuntimeError(f"mscc {_NAME}: no nvcc to compile the kernels with, looked for {', '.join(tried)}: "
                       "install the CUDA toolkit, or set CUDA_HOME or MSCC_NVCC")


def _run(command, folder):
    try:
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except OSError as error:
        raise RuntimeError(f"mscc {_NAME}: {command[0]} could not be started: {error}") from error
    if done.returncode != 0:
        raise RuntimeError(f"mscc {_NAME}: nvcc failed with exit code {done.returncode}: {' '.join(command)}\\n{done.stdout.strip()}")
    return done.stdout


def _cache_folder():
    base = os.environ.get("MSCC_CACHE_DIR")
    return base or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "mscc")


def _compile(major, minor):
    """Compiles a shared library for a compute capability, once for the same sources, nvcc and flags; gives its path."""
    nvcc = _nvcc()
    is_hopper = (major, minor) == (9, 0)
    number = "90a" if is_hopper else f"{major}{minor}"
    flags = ["-O3", "-std=c++17", "-Xcompiler", "-fPIC", "-gencode", f"arch=compute_{number},code=sm_{number}"]
    kernels = [file for file, architecture in _KERNELS if is_hopper or architecture != "sm_90a"]
    if not is_hopper:
        flags.append("-DMSCC_WITHOUT_SM90A")
    sources = kernels + [f"{_MODULE}.cpp"]
    key = hashlib.sha256("\\0".join([_run([nvcc, "--version"], _FOLDER), *flags]).encode())
    for name in sources + [f"{_MODULE}.h"]:
        with open(os.path.join(_FOLDER, name), "rb") as source:
            key.update(name.encode() + b"\\0" + source.read())
    target = os.path.join(_cache_folder(), f"{_MODULE}-sm{number}-{key.hexdigest()[:16]}.so")
    if os.path.exists(target):
        return target
    _log.info("compiling %d files with %s into %s", len(sources), nvcc, target)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(target)) as work:
        objects = [os.path.join(work, f"{i}.o") for i in range(len(sources))]

        def compile_one(source, made):
            _run([nvcc, *flags, "-c", source, "-o", made], _FOLDER)

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(compile_one, sources, objects))
        library = os.path.join(work, "library.so")
        _run([nvcc, *flags, "-shared", *objects, "-o", library], work)
        # Written whole or not at all: another process may be at the same.
        os.replace(library, target)
    return target


def _load(path):
    """The forward function of a shared library."""
    forward = getattr(ctypes.CDLL(path), f"mscc_{_MODULE}_forward")
    forward.argtypes = [ctypes.POINTER(_Args), ctypes.c_void_p]
    forward.restype = ctypes.c_int
    return forward


_loaded = {}
_lock = threading.Lock()


def _forward_for(device):
    """The forward function for a device, compiled at its first use."""
    capability = torch.cuda.get_device_capability(device)
    with _lock:
        if capability not in _loaded:
            _loaded[capability] = _load(_compile(*capability))
        return _loaded[capability]


def build(device=None):
    """Compiles the kernels for a device now instead of at their first use."""
    _forward_for(torch.cuda.current_device() if device is None else device)`;
