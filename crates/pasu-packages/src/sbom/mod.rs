//! Software bills of materials as input: CycloneDX and SPDX.
