/** The pictures of cars, drawn once: white shapes that a layer gives its colour. */

const SIZE = 64;

export const CAR_ICONS = {
	car: { x: 0, y: 0, width: SIZE, height: SIZE, anchorX: SIZE / 2, anchorY: SIZE / 2, mask: true },
	still: { x: SIZE, y: 0, width: SIZE, height: SIZE, anchorX: SIZE / 2, anchorY: SIZE / 2, mask: true },
};

let sheet: HTMLCanvasElement | null = null;

/** A sheet with an arrowhead to the north (`car`), and a disc for a car whose heading is not known (`still`). */
export function carSheet(): HTMLCanvasElement {
	if (sheet) return sheet;
	sheet = document.createElement("canvas");
	sheet.width = 2 * SIZE;
	sheet.height = SIZE;
	const pen = sheet.getContext("2d");
	if (!pen) return sheet;
	pen.fillStyle = "#fff";
	pen.strokeStyle = "#fff";
	pen.lineJoin = "round";
	pen.lineWidth = 8;
	pen.beginPath();
	pen.moveTo(32, 10);
	pen.lineTo(50, 52);
	pen.lineTo(32, 43);
	pen.lineTo(14, 52);
	pen.closePath();
	pen.fill();
	pen.stroke();
	pen.beginPath();
	pen.arc(96, 32, 20, 0, 2 * Math.PI);
	pen.fill();
	return sheet;
}
