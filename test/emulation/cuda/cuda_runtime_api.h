// The C part of the runtime API; here the header is one.
#pragma once

#include "cuda_runtime.h"
