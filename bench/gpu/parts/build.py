"""Compiles every generated `.cu` with nvcc, links a library for each folder, and has NVRTC take the device parts as they are."""

import concurrent.futures
import ctypes
import ctypes.util
import glob
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import time

#: Flags that do not depend on the device.
FLAGS = ["-O3", "-std=c++17", "-lineinfo", "-Xcompiler", "-fPIC", "-Xptxas", "-v"]


def nvcc():
    homes = [os.environ.get(name) for name in ("CUDA_HOME", "CUDA_PATH")]
    tried = [os.path.join(home, "bin", "nvcc") for home in homes if home] + ["nvcc", "/usr/local/cuda/bin/nvcc"]
    found = next(filter(None, map(shutil.which, tried)), None)
    if not found:
        raise RuntimeError(f"no nvcc, looked for {', '.join(tried)}: install the CUDA toolkit or set CUDA_HOME")
    return found


def capability(options):
    """Of the device, as `90`; `--capability` names another, to compile where there is none."""
    if options.capability:
        return options.capability.replace(".", "")
    query = ["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"]
    return subprocess.run(query, stdout=subprocess.PIPE, text=True, check=True).stdout.split()[0].replace(".", "")


def folders(prepared):
    """Every folder of generated kernels, with the name of its variant."""
    found = [(folder, each["name"]) for each in prepared["variants"] for folder in each["folders"]]
    return found + [(build["folder"], each["variant"]) for each in prepared["settings"] for build in each["builds"]]


#: Of a quick run: the kinds of masks and of changed logits.
QUICK_VARIANTS = ("lightCone", "iFramesWindow", "relativeBias", "crossGrid")
#: Settings of a quick run, the first ones.
QUICK_SETTINGS = 3


def wanted(prepared, options):
    """The folders of this run."""
    found = folders(prepared)
    if options.quick:
        timed = [build["folder"] for each in prepared["settings"][:QUICK_SETTINGS] for build in each["builds"]]
        found = [(at, name) for at, name in found if at in timed or (at.startswith("variants/") and name in QUICK_VARIANTS)]
    return [(at, name) for at, name in found if not options.only or re.search(options.only, at)]


def codes(architecture, device, quick):
    """What a kernel is compiled for: the architecture that it is written for, and the device, where that can run it."""
    if architecture == "sm_90a":
        return ["90a"]
    runs_on = "90a" if device == "90" else device
    return [runs_on] if quick or runs_on == "80" else ["80", runs_on]


def resources(text):
    """Registers, stack and spills by target, from what ptxas says of one file."""
    found = {}
    for part in re.split(r"Compiling entry function ", text)[1:]:
        target = re.search(r"for '(sm_\w+)'", part)
        spill = re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", part)
        registers = re.search(r"Used (\d+) registers", part)
        if target and spill and registers:
            stack, stores, loads = map(int, spill.groups())
            found[target.group(1)] = {"registers": int(registers.group(1)), "stack": stack, "spills": stores + loads}
    return found


class Builder:
    def __init__(self, run):
        self.run = run
        self.nvcc = nvcc()
        self.device = capability(run.options)
        self.out = run.folder / "build"
        self.out.mkdir(exist_ok=True)
        version = subprocess.run([self.nvcc, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.version = version.strip().splitlines()[-2].strip()

    def object_of(self, folder, file, architecture=None, beside=()):
        """Compiles one source, unless that was done before; gives the object, what ptxas said, and the seconds taken."""
        path = self.run.folder / folder / file
        flags = list(FLAGS)
        if architecture:
            for code in codes(architecture, self.device, self.run.options.quick):
                flags += ["-gencode", f"arch=compute_{code},code=sm_{code}"]
        elif self.device != "90":
            flags.append("-DMSCC_WITHOUT_SM90A")
        key = hashlib.sha256("\0".join([self.version, *flags]).encode())
        for source in (path, *beside):
            key.update(source.read_bytes())
        target = self.out / f"{key.hexdigest()[:20]}.o"
        said = target.with_suffix(".json")
        if not (target.exists() and said.exists()):
            start = time.monotonic()
            command = [self.nvcc, *flags, "-c", file, "-o", str(target)]
            done = subprocess.run(command, cwd=path.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                target.unlink(missing_ok=True)
                raise RuntimeError(done.stdout.strip()[-1500:] or f"nvcc ended with exit code {done.returncode}")
            seconds = round(time.monotonic() - start, 2)
            warnings = [line for line in done.stdout.splitlines() if "warning" in line or "C75" in line]
            said.write_text(json.dumps({"seconds": seconds, "targets": resources(done.stdout), "warnings": warnings}))
        return target, json.loads(said.read_text())

    def link(self, folder, objects):
        target = library_of(self.run.folder, folder)
        key = target.with_suffix(".key")
        names = " ".join(sorted(each.name for each in objects))
        if not (target.exists() and key.exists() and key.read_text() == names):
            command = [self.nvcc, "-shared", *map(str, objects), "-o", str(target)]
            subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
            key.write_text(names)
        return target


def library_of(prepared, folder):
    return prepared / "build" / f"{folder.replace('/', '-')}.so"


def _sources(builder, folder, variant):
    """Every object of a folder as (kernel or None, function that makes it)."""
    at = builder.run.folder / folder
    manifest = json.loads((at / "manifest.json").read_text())
    runs = [kernel for kernel in manifest["cuda"] if kernel["architecture"] == "sm_80" or builder.device == "90"]
    made = [(kernel, lambda k=kernel: builder.object_of(folder, k["file"], k["architecture"])) for kernel in runs]
    header = at / f"{variant}.h"
    return [*made, (None, lambda: builder.object_of(folder, f"{variant}.cpp", beside=[header]))]


def run(run):
    builder = Builder(run)
    data = {"nvcc": builder.version, "device": builder.device, "kernels": [], "faults": []}
    run.results.data["build"] = data
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = []
        for folder, variant in wanted(run.prepared, run.options):
            jobs.append((folder, [(kernel, pool.submit(make)) for kernel, make in _sources(builder, folder, variant)]))
        links = [pool.submit(_finish, builder, data, folder, objects) for folder, objects in jobs]
        for (folder, _), link in zip(jobs, links):
            try:
                link.result()
            except Exception as error:  # One folder that fails leaves the others.
                data["faults"].append({"what": folder, "why": str(error)[-800:]})
    data["seconds"] = round(time.monotonic() - start, 1)
    spilled = [each for each in data["kernels"] if each["spills"] > 0]
    run.say(f"{len(data['kernels'])} kernels compiled in {data['seconds']} s; {len(spilled)} spill; {len(data['faults'])} faults")
    for each in spilled:
        run.say(f"SPILLS: {each['symbol']} for {each['target']}: {each['spills']} bytes, {each['registers']} registers")
    run.results.save()
    nvrtc(run, builder, data)
    return not data["faults"]


def _finish(builder, data, folder, objects):
    """Waits for the objects of a folder, notes what they need, links what there is."""
    linked = []
    for kernel, job in objects:
        try:
            path, said = job.result()
        except Exception as error:
            data["faults"].append({"what": f"{folder}/{kernel['file'] if kernel else 'dispatcher'}", "why": str(error)})
            continue
        linked.append(path)
        for target, needs in (said["targets"] if kernel else {}).items():
            data["kernels"].append({
                "folder": folder, "symbol": kernel["symbol"], "target": target, **needs,
                "sharedMemory": kernel["sharedMemory"], "threads": kernel["threads"],
                "seconds": said["seconds"], "warnings": said["warnings"],
            })
    if len(linked) < len(objects):
        # The dispatcher names every kernel: without one of them it cannot be loaded.
        linked = [job.result()[0] for kernel, job in objects if kernel and not job.exception()]
    if linked:
        builder.link(folder, linked)


def _nvrtc_library():
    spec = importlib.util.find_spec("nvidia")
    bundled = [path for root in (spec.submodule_search_locations if spec else [])
               for path in glob.glob(f"{root}/**/libnvrtc.so*", recursive=True)]
    system = glob.glob("/usr/local/cuda*/lib64/libnvrtc.so*")
    tried = [*sorted(system), *sorted(bundled), ctypes.util.find_library("nvrtc")]
    for path in filter(None, tried):
        try:
            return ctypes.CDLL(path)
        except OSError:
            continue
    return None


def _compile_with_nvrtc(library, path, code):
    program = ctypes.c_void_p()
    library.nvrtcCreateProgram(ctypes.byref(program), path.read_bytes(), path.name.encode(), 0, None, None)
    flags = [f"--gpu-architecture=sm_{code}".encode(), b"--std=c++17"]
    status = library.nvrtcCompileProgram(program, len(flags), (ctypes.c_char_p * len(flags))(*flags))
    size = ctypes.c_size_t()
    library.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value + 1)
    library.nvrtcGetProgramLog(program, log)
    library.nvrtcDestroyProgram(ctypes.byref(program))
    return status, log.value.decode(errors="replace").strip()


def nvrtc(run, builder, data):
    """NVRTC takes whole files without their host part: of every variant one kernel per architecture and dtype."""
    library = _nvrtc_library()
    if library is None:
        data["nvrtc"] = {"leftOut": "no libnvrtc was found"}
        return run.say("NVRTC: no libnvrtc was found")
    jobs = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for at, _ in wanted(run.prepared, run.options):
            folder = run.folder / at
            for kernel in json.loads((folder / "manifest.json").read_text())["cuda"]:
                if not at.startswith("variants/") or kernel["dtype"] == "f16":
                    continue
                code = codes(kernel["architecture"], builder.device, True)[0]
                jobs.append((kernel["symbol"], pool.submit(_compile_with_nvrtc, library, folder / kernel["file"], code)))
    failed = [(symbol, job.result()[1]) for symbol, job in jobs if job.result()[0] != 0]
    data["nvrtc"] = {"compiled": len(jobs) - len(failed), "failed": [{"what": s, "why": log[-600:]} for s, log in failed]}
    data["faults"] += [{"what": f"NVRTC: {symbol}", "why": log[-600:]} for symbol, log in failed]
    run.say(f"NVRTC: {len(jobs) - len(failed)} of {len(jobs)} device parts compiled as they are")
    run.results.save()
    return None
