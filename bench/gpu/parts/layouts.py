"""How an operand may lie in memory: views with unlike strides inside a buffer whose every other element is poison."""

import math

import torch

#: Elements before and behind what a view may touch; a multiple of 16 bytes.
LEAD = 16

#: Layouts that tensor maps take, as long as rows are whole numbers of 16 bytes; the others fall to sm_80.
MAPPED = ("dense", "tokens first", "padded rows", "sliced", "stepped", "shared batch")
UNMAPPED = ("transposed", "odd")


class Place:
    """A view of a shape, and the buffer that it lies in."""

    def __init__(self, shape, layout, dtype, device):
        rank = len(shape)
        axes = list(range(2, rank - 1))
        order, pitch, start, step = list(range(rank)), list(shape), [0] * rank, [1] * rank
        lead = LEAD
        if layout in ("tokens first", "padded rows"):
            order = [0, *axes, 1, rank - 1]
        if layout == "padded rows":
            pitch[-1] += 16
            start[-1] = 8
        elif layout == "transposed":
            order = [0, 1, rank - 1, *axes]
        elif layout == "sliced":
            for axis in axes:
                pitch[axis] += 2
                start[axis] = 1
        elif layout == "stepped":
            pitch[axes[-1]] *= 2
            step[axes[-1]] = 2
        elif layout == "odd":
            lead += 1
        elif layout == "shared batch":
            pitch[0] = 1
        strides, reach = [0] * rank, 1
        for dimension in reversed(order):
            strides[dimension] = reach
            reach *= pitch[dimension]
        offset = lead + sum(at * stride for at, stride in zip(start, strides))
        strides = [by * stride for by, stride in zip(step, strides)]
        if layout == "shared batch":
            strides[0] = 0
        self.buffer = torch.full((reach + 2 * LEAD + 1,), math.nan, dtype=dtype, device=device)
        self.view = self.buffer.as_strided(shape, strides, offset)

    def untouched(self):
        """Whether everything around the view is still poison. Overwrites the view."""
        self.view.fill_(math.nan)
        return bool(torch.isnan(self.buffer).all())


def filled(values, layout):
    """A tensor of these values in a layout. Of a shared batch, all entries are the first one."""
    place = Place(values.shape, layout, values.dtype, values.device)
    if layout == "shared batch":
        place.view[0].copy_(values[0])
    else:
        place.view.copy_(values)
    return place
