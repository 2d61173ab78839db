#!/bin/sh
# Packs what a bare Linux machine (x64) with a GPU needs, which has neither Node nor network. For WGSL kernels and the model:
#   npm run build && sh bench/gpu/pack.sh [out/mscc-profiles.tar.gz]
# NODE and VULKAN_LOADER name another Node binary and another libvulkan.so.1 than those of this machine. For `cuda.py`:
#   npm run build && sh bench/gpu/pack.sh cuda [options of dist/bench/gpu/prepare.js]       # out/mscc-gpu, and as .tar.gz
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
if [ "${1:-}" = cuda ]; then
  shift
  [ -f "$root/dist/bench/gpu/prepare.js" ] || { echo "pack.sh: no dist/bench/gpu/prepare.js: run npm run build first" >&2; exit 1; }
  "${NODE:-node}" "$root/dist/bench/gpu/prepare.js" "$@" --out "$root/out/mscc-gpu"
  tar -C "$root/out" --exclude mscc-gpu/results -czf "$root/out/mscc-gpu.tar.gz" mscc-gpu
  echo "$root/out/mscc-gpu.tar.gz: $(($(wc -c <"$root/out/mscc-gpu.tar.gz") / 1024)) KiB"
  exit 0
fi
target=${1:-"$root/out/mscc-profiles.tar.gz"}
node=${NODE:-$(command -v node)}
node=$("$node" -p process.execPath)
loader=${VULKAN_LOADER:-$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | sed -n 's/.*libvulkan\.so\.1 .*x86-64.* => //p' | head -n 1)}

die() {
  echo "pack.sh: $1" >&2
  exit 1
}
[ "$("$node" -p '`${process.platform}-${process.arch}`')" = linux-x64 ] || die "$node is not for linux-x64"
[ -f "$root/dist/bench/profiles.js" ] || die "no dist/bench/profiles.js: run npm run build first"
[ -f "$loader" ] || die "no libvulkan.so.1: install libvulkan1, or name the file in VULKAN_LOADER"

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
folder=$staging/mscc-profiles
mkdir -p "$folder/bin" "$folder/vulkan" "$folder/node_modules/webgpu/dist" "$folder/generated" "$folder/models/msc"

cp "$node" "$folder/bin/node"
cp "$root/package.json" "$root/LICENSE" "$folder/"
cp -R "$root/dist" "$root/dsl" "$folder/"
rm -rf "$folder/dist/examples"
cp -R "$root/generated/msc" "$folder/generated/"
cp -R "$root/models/msc/operations" "$root/models/msc/tiny" "$folder/models/msc/"
cp -L "$loader" "$folder/vulkan/libvulkan.so.1"

# Dawn, for this platform alone.
webgpu=$root/node_modules/webgpu
cp "$webgpu/package.json" "$webgpu/index.js" "$webgpu/LICENSE.md" "$folder/node_modules/webgpu/"
cp -R "$webgpu/dist/linux-x64" "$folder/node_modules/webgpu/dist/"

# What the commands depend on, and what that depends on.
packages=$("$node" -e '
  const { existsSync, readFileSync } = require("node:fs");
  const [root] = process.argv.slice(1);
  const own = JSON.parse(readFileSync(`${root}/package.json`, "utf8")).dependencies;
  const at = (name) => `${root}/node_modules/${name}`;
  const found = new Set();
  const walk = (name) => {
    if (found.has(name)) return;
    found.add(name);
    const { dependencies = {} } = JSON.parse(readFileSync(`${at(name)}/package.json`, "utf8"));
    for (const each of Object.keys(dependencies)) if (!existsSync(`${at(name)}/node_modules/${each}`)) walk(each);
  };
  for (const name of Object.keys(own)) if (name !== "webgpu") walk(name);
  console.log([...found].join("\n"));
' "$root")
for name in $packages; do
  mkdir -p "$folder/node_modules/$name"
  cp -R "$root/node_modules/$name/." "$folder/node_modules/$name/"
done

# The driver itself is the machine's: these files only say where it is, with and without the libraries of X11.
for side in GLX EGL; do
  name=$(echo "$side" | tr GLXE glxe)
  printf '{ "file_format_version": "1.0.0", "ICD": { "library_path": "lib%s_nvidia.so.0", "api_version": "1.3.0" } }\n' \
    "$side" >"$folder/vulkan/nvidia-$name.json"
done

cat >"$folder/run.sh" <<'RUN'
#!/bin/sh
# sh run.sh [kernels] [contractions] [model] [--quick]; without a part all of them. VK_ICD_FILENAMES names another driver
# than NVIDIA's. kernels: checks and times every kind of kernel; contractions: times products; model: denoises and
# continues the clip, then times forward passes. --quick is for kernels.
set -u
here=$(cd "$(dirname "$0")" && pwd)
export VK_ICD_FILENAMES="${VK_ICD_FILENAMES:-$here/vulkan/nvidia-glx.json}"
export LD_LIBRARY_PATH="$here/vulkan${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
parts= options=
for each; do
  case $each in
    kernels | contractions | model) parts="$parts $each" ;;
    -*) options="$options $each" ;;
    *) echo "run.sh: no part '$each': there are kernels, contractions, model" >&2; exit 1 ;;
  esac
done
failed=0
node() {
  "$here/bin/node" "$@" || failed=1
}
results=$here/bench/results
mkdir -p "$results"
for part in ${parts:-kernels contractions model}; do
  case $part in
    kernels) node "$here/dist/bench/profiles.js" $options ;;
    contractions) node "$here/dist/bench/contractions.js" ;;
    model)
      node "$here/dist/cli/main.js" doctor
      for dtype in f32 f16; do
        node "$here/dist/cli/main.js" msc denoise --dtype $dtype -o "$results/denoised-$dtype.png"
        node "$here/dist/cli/main.js" msc sample --dtype $dtype -o "$results/sample-$dtype.gif" -o "$results/sample-$dtype.png"
      done
      node "$here/dist/bench/model.js"
      ;;
  esac
done
exit $failed
RUN

mkdir -p "$(dirname "$target")"
tar -C "$staging" -czf "$target" mscc-profiles
echo "$target: $(($(wc -c <"$target") / 1048576)) MiB, unpacked $(du -sm "$folder" | cut -f 1) MiB"
