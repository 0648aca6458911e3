// hiredis: nothing of what we call is hidden from Swift.
#pragma once
#include <hiredis/hiredis.h>
