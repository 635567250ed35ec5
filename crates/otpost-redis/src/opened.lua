-- Runs after open.lua.
return answer == 1 and -1 - wait or {answer, wait}
