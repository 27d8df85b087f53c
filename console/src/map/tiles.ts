/** Vector tiles out of one file, read by ranges. Loaded for a market whose ground is such a file. */

import { addProtocol } from "maplibre-gl";
import { Protocol } from "pmtiles";

addProtocol("pmtiles", new Protocol({ metadata: true }).tile);
