-- Returns a span after so many doublings, at most `longest`. The factor ends at 2^32 - 1, as in
-- `RecipientState` of otpost.
local function doubled(span, times, longest)
  local factor = times < 32 and 2 ^ times or 4294967295
  -- A product that is too large for a double to be exact is far above `longest`, so `min` decides.
  return math.min(span * factor, math.max(longest, span))
end
