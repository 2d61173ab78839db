/** A window that widens with age. */
import { attention, int } from "mscc";

/** A token sees its past light cone: reach grows by `speed` tokens per frame of age. */
export const lightCone = attention({
  axes: ["t", "y", "x"],
  params: { frames: int({ min: 1 }), radius: int({ min: 0 }), speed: int({ min: 0 }) },
  attend: ({ q, k, frames, radius, speed }) => {
    const age = q.t - k.t;
    const reach = radius + speed * age;
    return age >= 0 && age < frames && Math.abs(q.y - k.y) <= reach && Math.abs(q.x - k.x) <= reach;
  },
});
