"""Series to Series: spectra for whitening, whitening, gaps."""
