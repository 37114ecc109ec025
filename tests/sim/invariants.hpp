// What must be true of the state in Redis after every single step, whatever went wrong before.
#pragma once

namespace switchboard::sim {

class World;

// Looks at what this turn of Redis changed: load within capacity (R2), every open conversation in exactly one
// place (R1), numbers without gaps (M3), one open conversation per visitor.
void check_changes(World&);

}  // namespace switchboard::sim
