"""What is stored follows the settings: dates the zone, amounts the currency, people the rest."""
